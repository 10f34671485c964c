{{- define "cert-manager.fullname" -}}
{{ contains "cert-manager" .Release.Name | ternary .Release.Name (printf "%s-cert-manager" .Release.Name) | trunc 50 }}
{{- end }}

{{- /* (list $ name component) */}}
{{- define "cert-manager.labels" -}}
app: {{ index . 1 }}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 2 }}
{{- end }}

{{- define "cert-manager.podSecurity" -}}
runAsNonRoot: true
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "cert-manager.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
readOnlyRootFilesystem: true
{{- end }}

{{- define "cert-manager.namespaceEnv" -}}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef: {fieldPath: metadata.namespace}
{{- end }}
