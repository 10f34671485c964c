{{/* How Service and Pods are called; what other objects refer to. */}}
{{- define "bp-app-gitea.fullname" -}}
{{ .Values.fullnameOverride | default .Release.Name }}
{{- end }}

{{- define "bp-app-gitea.labels" -}}
{{ include "bp-app-gitea.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: apps
{{- end }}

{{- define "bp-app-gitea.selector" -}}
app.kubernetes.io/name: gitea
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
