# Settings from the environment into app.ini, then the administrator and the way people log in, as
# upstream's init containers do it. Those give secrets to Gitea's command line; on a computer that
# is not only ours they would be read there, so here they go over HTTP, and by standard input.
umask 077
ini=$GITEA_APP_INI
mkdir -p "$GITEA_CUSTOM/conf" "$GITEA_TEMP" "$HOME"
[ -f "$ini" ] || : > "$ini"
# Made once: new ones would make all that is stored unreadable, and log everybody out.
if ! grep -q '^SECRET_KEY' "$ini"; then
  GITEA__security__SECRET_KEY=$(gitea generate secret SECRET_KEY)
  GITEA__security__INTERNAL_TOKEN=$(gitea generate secret INTERNAL_TOKEN)
  GITEA__oauth2__JWT_SECRET=$(gitea generate secret JWT_SECRET)
  export GITEA__security__SECRET_KEY GITEA__security__INTERNAL_TOKEN GITEA__oauth2__JWT_SECRET
fi
gitea --config "$ini" config edit-ini --in-place --apply-env
gitea --config "$ini" migrate

admin=$GITEA_ADMIN_USERNAME
if ! gitea --config "$ini" admin user list --admin | awk '{print $2}' | grep -qx "$admin"; then
  gitea --config "$ini" admin user create --admin --username "$admin" --random-password \
    --email "$GITEA_ADMIN_EMAIL" --must-change-password=false >/dev/null
fi
key=configure-$(date +%s)
token=$(gitea --config "$ini" admin user generate-access-token --username "$admin" \
  --token-name "$key" --scopes all --raw)

here=http://127.0.0.1:3000
gitea --config "$ini" web &
web=$!
until curl --silent --fail --output /dev/null "$here/api/healthz"; do
  kill -0 "$web" || exit 1
  sleep 0.5
done

# ask CODE…: curl by what standard input says; whether it was answered with one of these.
ask() {
  seen=$(curl --silent --show-error --output "$GITEA_TEMP/answer" --write-out '%{http_code}' --config -)
  for code; do [ "$seen" != "$code" ] || return 0; done
  echo "Gitea answered $seen" >&2
  return 1
}

ask 200 <<END
url = "$here/api/v1/admin/users/$admin"
request = "PATCH"
header = "Authorization: token $token"
header = "Content-Type: application/json"
data = "{\"source_id\":0,\"login_name\":\"$admin\",\"password\":\"$GITEA_ADMIN_PASSWORD\",\"must_change_password\":false}"
END
ask 204 <<END
url = "$here/api/v1/users/$admin/tokens/$key"
request = "DELETE"
user = "$admin:$GITEA_ADMIN_PASSWORD"
END

jar=$GITEA_TEMP/jar
ask 303 <<END
url = "$here/user/login"
cookie-jar = "$jar"
data-urlencode = "user_name=$admin"
data-urlencode = "password=$GITEA_ADMIN_PASSWORD"
END
# One line a way to log in: its number, name, provider and address.
while read -r number name provider address; do
  id=$(gitea --config "$ini" admin auth list | awk -v name="$name" '$2 == name {print $1}')
  eval "client=\$GITEA_OAUTH_KEY_$number secret=\$GITEA_OAUTH_SECRET_$number"
  # Gitea asks the provider who it is and refuses one that does not answer.
  ask 303 <<END
url = "$here/-/admin/auths/${id:-new}"
cookie = "$jar"
data-urlencode = "type=6"
data-urlencode = "name=$name"
data-urlencode = "is_active=on"
data-urlencode = "oauth2_provider=$provider"
data-urlencode = "oauth2_key=$client"
data-urlencode = "oauth2_secret=$secret"
data-urlencode = "open_id_connect_auto_discovery_url=$address"
END
done < /etc/gitea-init/logins
rm -f "$jar" "$GITEA_TEMP/answer"
kill "$web"
wait "$web" || true
