{{- define "bp-gitea.labels" -}}
{{ include "bp-gitea.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: catalyst
{{- end }}

{{- define "bp-gitea.selector" -}}
app.kubernetes.io/name: gitea
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
