{{- define "bp-flux.labels" -}}
{{ include "bp-flux.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: catalyst
{{- end }}

{{- define "bp-flux.selector" -}}
app.kubernetes.io/name: flux
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
