{{/* How Service and Pods are called; what other objects refer to. */}}
{{- define "bp-app-radicale.fullname" -}}
{{ .Values.fullnameOverride | default .Release.Name }}
{{- end }}

{{- define "bp-app-radicale.labels" -}}
{{ include "bp-app-radicale.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: apps
{{- end }}

{{- define "bp-app-radicale.selector" -}}
app.kubernetes.io/name: radicale
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
