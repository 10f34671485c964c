{{- define "bp-powerdns.labels" -}}
{{ include "bp-powerdns.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: catalyst
{{- end }}

{{- define "bp-powerdns.selector" -}}
app.kubernetes.io/name: powerdns
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
