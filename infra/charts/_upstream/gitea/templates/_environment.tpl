{{- define "gitea.environment" -}}
- {name: GITEA_APP_INI, value: /data/gitea/conf/app.ini}
- {name: GITEA_CUSTOM, value: /data/gitea}
- {name: GITEA_WORK_DIR, value: /data}
- {name: GITEA_TEMP, value: /tmp/gitea}
- {name: TMPDIR, value: /tmp}
- {name: HOME, value: /data/gitea/git}
{{- with .Values.deployment.env }}
{{ toYaml . }}
{{- end }}
{{- end }}
