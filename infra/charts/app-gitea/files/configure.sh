# Settings from the environment into app.ini, the tables, and the administrator.
# The password goes by standard input and not into a list of processes.
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

if gitea --config "$ini" admin user list --admin | awk 'NR > 1 {found = 1} END {exit !found}'; then
  exit 0
fi
gitea --config "$ini" admin user create --admin --username "$ADMIN_USER" --random-password \
  --email "$ADMIN_USER@localhost.localdomain" --must-change-password=false >/dev/null
key=configure-$(date +%s)
token=$(gitea --config "$ini" admin user generate-access-token --username "$ADMIN_USER" \
  --token-name "$key" --scopes all --raw)
here=http://127.0.0.1:3000
gitea --config "$ini" web &
web=$!
until curl --silent --fail --output /dev/null "$here/api/healthz"; do
  kill -0 "$web" || exit 1
  sleep 0.5
done
curl --silent --show-error --fail --output /dev/null --config - <<END
url = "$here/api/v1/admin/users/$ADMIN_USER"
request = "PATCH"
header = "Authorization: token $token"
header = "Content-Type: application/json"
data = "{\"source_id\":0,\"login_name\":\"$ADMIN_USER\",\"password\":\"$ADMIN_PASSWORD\",\"must_change_password\":false}"
END
curl --silent --show-error --fail --output /dev/null --config - <<END
url = "$here/api/v1/users/$ADMIN_USER/tokens/$key"
request = "DELETE"
user = "$ADMIN_USER:$ADMIN_PASSWORD"
END
kill "$web"
wait "$web" || true
