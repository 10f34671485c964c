{{/* One right to log in at the realm: Keycloak puts its secret in the place of ${…}. */}}
{{- define "bp-keycloak.variable" -}}
KEYCLOAK_CLIENT_{{ upper . | replace "-" "_" }}
{{- end }}

{{/* What a token says besides the person: realm roles as `roles`, groups by their paths. */}}
{{- define "bp-keycloak.mappers" -}}
{{- $everywhere := dict "id.token.claim" "true" "access.token.claim" "true" "userinfo.token.claim" "true" }}
{{- $roles := dict "claim.name" "roles" "jsonType.label" "String" "multivalued" "true" }}
{{- $groups := dict "claim.name" "groups" "full.path" "true" }}
{{- list
  (dict "name" "roles" "protocol" "openid-connect" "protocolMapper" "oidc-usermodel-realm-role-mapper" "config" (merge $roles $everywhere))
  (dict "name" "groups" "protocol" "openid-connect" "protocolMapper" "oidc-group-membership-mapper" "config" (merge $groups $everywhere))
  | toJson }}
{{- end }}

{{/* What people log in through. */}}
{{- define "bp-keycloak.clients" -}}
{{- $clients := list }}
{{- range .Values.clients }}
{{- $home := printf "https://%s.%s" .host $.Values.global.sovereignFQDN }}
{{- $homes := list $home }}
{{- if .apex }}{{ $homes = append $homes (printf "https://%s" $.Values.global.sovereignFQDN) }}{{ end }}
{{- $leaving := list }}
{{- $coming := list }}
{{- $redirect := .redirect }}
{{- range $homes }}
{{- $leaving = append $leaving (printf "%s/" .) }}
{{- $coming = append $coming (printf "%s%s" . $redirect) }}
{{- end }}
{{- $attributes := dict "post.logout.redirect.uris" (join "##" $leaving) }}
{{- if .pkce }}
{{- $_ := set $attributes "pkce.code.challenge.method" "S256" }}
{{- end }}
{{- if .logout }}
{{- $_ := set $attributes "backchannel.logout.url" (printf "%s%s" $home .logout) }}
{{- $_ := set $attributes "backchannel.logout.session.required" "true" }}
{{- end }}
{{- $clients = append $clients (dict
  "clientId" .id
  "enabled" true
  "protocol" "openid-connect"
  "publicClient" false
  "secret" (printf "${%s}" (include "bp-keycloak.variable" .id))
  "standardFlowEnabled" true
  "implicitFlowEnabled" false
  "directAccessGrantsEnabled" false
  "serviceAccountsEnabled" false
  "rootUrl" $home
  "redirectUris" $coming
  "webOrigins" $homes
  "attributes" $attributes
  "protocolMappers" (include "bp-keycloak.mappers" . | fromJsonArray)
) }}
{{- end }}
{{- toJson $clients }}
{{- end }}

{{/* Programs that act by themselves, and who they are in the realm. */}}
{{- define "bp-keycloak.services" -}}
{{- $clients := list }}
{{- range .Values.services }}
{{- $clients = append $clients (dict
  "clientId" .id
  "enabled" true
  "protocol" "openid-connect"
  "publicClient" false
  "secret" (printf "${%s}" (include "bp-keycloak.variable" .id))
  "standardFlowEnabled" false
  "implicitFlowEnabled" false
  "directAccessGrantsEnabled" false
  "serviceAccountsEnabled" true
) }}
{{- end }}
{{- toJson $clients }}
{{- end }}

{{- define "bp-keycloak.accounts" -}}
{{- $users := list }}
{{- range .Values.services }}
{{- $users = append $users (dict
  "username" (printf "service-account-%s" .id)
  "enabled" true
  "serviceAccountClientId" .id
  "clientRoles" (dict "realm-management" .rights)
) }}
{{- end }}
{{- toJson $users }}
{{- end }}

{{/* Mail, where somebody sends it. */}}
{{- define "bp-keycloak.smtp" -}}
{{- $smtp := dict }}
{{- with .Values.smtp }}
{{- if .host }}
{{- $smtp = dict "host" .host "port" (printf "%d" (int .port)) "from" .from "starttls" "true" "ssl" "false" }}
{{- if eq (int .port) 465 }}
{{- $smtp = merge (dict "starttls" "false" "ssl" "true") $smtp }}
{{- end }}
{{- if .secret }}
{{- $smtp = merge (dict "auth" "true" "user" "${KEYCLOAK_SMTP_USER}" "password" "${KEYCLOAK_SMTP_PASSWORD}") $smtp }}
{{- end }}
{{- end }}
{{- end }}
{{- toJson $smtp }}
{{- end }}
