{{/* How Service and Pods are called; what other objects refer to. */}}
{{- define "bp-app-listmonk.fullname" -}}
{{ .Values.fullnameOverride | default .Release.Name }}
{{- end }}

{{- define "bp-app-listmonk.labels" -}}
{{ include "bp-app-listmonk.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: apps
{{- end }}

{{- define "bp-app-listmonk.selector" -}}
app.kubernetes.io/name: listmonk
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
