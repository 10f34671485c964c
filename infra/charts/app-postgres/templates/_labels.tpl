{{/* How Service and Pods are called; what other objects refer to. */}}
{{- define "bp-app-postgres.fullname" -}}
{{ .Values.fullnameOverride | default .Release.Name }}
{{- end }}

{{- define "bp-app-postgres.labels" -}}
{{ include "bp-app-postgres.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: apps
{{- end }}

{{- define "bp-app-postgres.selector" -}}
app.kubernetes.io/name: postgres
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
