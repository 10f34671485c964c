{{- define "bp-crossplane-claims.labels" -}}
app.kubernetes.io/name: crossplane-claims
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: catalyst
{{- end }}
