{{/* Who web and worker are at OpenBao: each its own role, and no file but its own. Empty where the
     vault's key is ours. Given: `root`, `part` (web or worker). */}}
{{- define "catalyst.vaultRole" -}}
{{- if eq .root.Values.vault.keeper "openbao" }}
- name: CATALYST_OPENBAO_ROLE_ID
  value: {{ (index .root.Values.vault.openbao .part).roleId | quote }}
{{- end }}
{{- end }}

{{- define "catalyst.vaultMount" -}}
{{- if eq .root.Values.vault.keeper "openbao" }}
- {name: openbao, mountPath: /etc/catalyst/openbao, readOnly: true}
{{- end }}
{{- end }}

{{- define "catalyst.vaultVolume" -}}
{{- if eq .root.Values.vault.keeper "openbao" }}
{{- with (index .root.Values.vault.openbao .part).secret }}
- name: openbao
  secret:
    secretName: {{ .name }}
    defaultMode: 0440
    items: [{key: {{ .key }}, path: secret-id}]
{{- end }}
{{- end }}
{{- end }}
