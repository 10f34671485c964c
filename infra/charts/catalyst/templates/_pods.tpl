{{/* What all Pods share: who they are, what they may, where they write. */}}
{{- define "catalyst.podSecurity" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "catalyst.containerSecurity" -}}
image: {{ include "catalyst.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* The settings. Secret ones come from Secrets one by one, so that no process sees another's. */}}
{{- define "catalyst.environment" -}}
{{- $name := include "catalyst.appSecret" . }}
{{- include "catalyst.environmentAs" (dict "root" . "name" $name "key" .Values.database.app.secret.key) }}
{{- end }}

{{- define "catalyst.ownerEnvironment" -}}
{{- $name := include "catalyst.ownerSecret" . }}
{{- include "catalyst.environmentAs" (dict "root" . "name" $name "key" .Values.database.secret.key) }}
{{- end }}

{{/* `name`, `key`: of the Secret that says as whom the database is used. */}}
{{- define "catalyst.environmentAs" -}}
{{- $database := dict "name" .name "key" .key }}
{{- with .root }}
envFrom:
  - configMapRef: {name: catalyst-settings}
  # Not there yet for the hook that runs before the upgrade which brings it.
  - configMapRef: {name: catalog-sovereign, optional: true}
env:
  - name: CATALYST_DATABASE_URL
    valueFrom:
      secretKeyRef: {name: {{ $database.name }}, key: {{ $database.key }}}
  - name: CATALYST_REDIS_URL
    valueFrom:
      secretKeyRef: {name: {{ .Values.redis.secret.name }}, key: {{ .Values.redis.secret.key }}}
  - name: CATALYST_OIDC_CLIENT_SECRET
    valueFrom:
      secretKeyRef: {name: {{ .Values.identity.secret.name }}, key: {{ .Values.identity.secret.key }}}
  {{- range $name, $key := dict "SECRET_KEY" "secret-key" "VAULT_KEY" "vault-key" "METRICS_TOKEN" "metrics-token" }}
  - name: CATALYST_{{ $name }}
    valueFrom:
      secretKeyRef: {name: {{ include "catalyst.keysSecret" $.root }}, key: {{ $key }}}
  {{- end }}
  {{- range $name, $secret := .Values.secretSettings }}
  - name: CATALYST_{{ $name }}
    valueFrom:
      secretKeyRef: {name: {{ $secret.name }}, key: {{ $secret.key }}}
  {{- end }}
{{- end }}
{{- end }}

{{/* For those who make people and groups in the realm, after their environment. */}}
{{- define "catalyst.people" -}}
{{- with .Values.identity.people }}
{{- if .secret.name -}}
- {name: CATALYST_PEOPLE_CLIENT_ID, value: {{ .clientId }}}
- name: CATALYST_PEOPLE_CLIENT_SECRET
  valueFrom:
    secretKeyRef: {name: {{ .secret.name }}, key: {{ .secret.key }}}
{{- end }}
{{- end }}
{{- end }}

{{/* The account at the Sovereign's Git, of web and worker: a folder that fills when it is there. */}}
{{- define "catalyst.gitMount" -}}
{{- if .Values.apps.enabled }}
- {name: git, mountPath: /etc/catalyst/git, readOnly: true}
{{- end }}
{{- end }}

{{- define "catalyst.gitVolume" -}}
{{- if .Values.apps.enabled }}
- name: git
  secret: {secretName: {{ .Values.apps.git.secret }}, defaultMode: 0440, optional: true}
{{- end }}
{{- end }}

{{- define "catalyst.mounts" -}}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  {{- if .Values.trust.configMap }}
  - {name: trust, mountPath: /etc/catalyst/trust, readOnly: true}
  {{- end }}
{{- end }}

{{- define "catalyst.volumes" -}}
volumes:
  - name: tmp
    emptyDir: {sizeLimit: 512Mi}
  {{- with .Values.trust.configMap }}
  - name: trust
    configMap: {name: {{ . }}}
  {{- end }}
{{- end }}

{{/* Waits until the schema is that of this image: until the Job that migrates has ended well. */}}
{{- define "catalyst.waitForSchema" -}}
initContainers:
  - name: wait-for-schema
    {{- include "catalyst.containerSecurity" . | nindent 4 }}
    command: [python, manage.py, wait_for_schema]
    resources:
      requests: {cpu: 20m, memory: 128Mi}
      limits: {memory: 384Mi}
    {{- include "catalyst.environment" . | nindent 4 }}
    {{- include "catalyst.mounts" . | nindent 4 }}
{{- end }}

{{/* Pods start anew when a setting has changed. */}}
{{- define "catalyst.podMetadata" -}}
metadata:
  labels:
    {{- include "catalyst.labels" . | nindent 4 }}
  annotations:
    checksum/settings: {{ print (include "catalyst.settings" .root) (include "catalyst.catalog" .root) | sha256sum }}
{{- end }}

{{/* Replicas of one part keep off one another's node where there is another. */}}
{{- define "catalyst.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "catalyst.selector" . | nindent 8 }}
{{- end }}
