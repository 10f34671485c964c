{{/* How Service and Pods are called; what other objects refer to. */}}
{{- define "bp-app-miniflux.fullname" -}}
{{ .Values.fullnameOverride | default .Release.Name }}
{{- end }}

{{- define "bp-app-miniflux.labels" -}}
{{ include "bp-app-miniflux.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: apps
{{- end }}

{{- define "bp-app-miniflux.selector" -}}
app.kubernetes.io/name: miniflux
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
