{{- define "bp-nats-jetstream.labels" -}}
{{ include "bp-nats-jetstream.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: catalyst
{{- end }}

{{- define "bp-nats-jetstream.selector" -}}
app.kubernetes.io/name: nats-jetstream
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
