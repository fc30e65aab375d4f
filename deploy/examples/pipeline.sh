#!/bin/sh
# One deployment from a build pipeline, with nothing but curl, grep and expr.
set -u
[ $# -ge 3 ] || {
    cat >&2 <<'USAGE'
pipeline.sh SERVER NAMESPACE DESCRIPTOR.json [CONTAINER=IMAGE]

SERVER is http://HOST:PORT; a token is taken from TEAL_TOKEN.
Exit 0: the version serves (or served and has been replaced by a newer one meanwhile).
Exit 1: it failed or was cancelled; the log says why. Exit 2: the server refused the request, or cannot be reached.
USAGE
    exit 2
}
server=$1 namespace=$2 descriptor=$3 image=${4-}
newline='
'
blank_line=$(printf '\r\n\r\n.')
blank_line=${blank_line%.}

curl_teal() { curl -sS ${TEAL_TOKEN:+-H "Authorization: Bearer $TEAL_TOKEN"} "$@"; }

# Leaves headers and body in $answer and the status in $code. A server that is away, starts, or has too much to do (no answer, 429, 5xx)
# is asked again every three seconds, for a few minutes: a deployment goes on while Teal itself is restarted.
ask() {
    tries=0
    while :; do
        answer=$(curl_teal -i -w '\n%{http_code}' --max-time 60 "$@")
        code=${answer##*"$newline"}
        answer=${answer%"$newline"*}
        case $code in
        000 | 429 | 5??) ;;
        *) return ;;
        esac
        tries=$((tries + 1))
        [ "$tries" -lt 60 ] || refused
        sleep 3
    done
}
refused() {
    printf '%s\n' "the server answers $code" "${answer#*"$blank_line"}" >&2
    exit 2
}
# The path of `Location: /deployments/ID/?namespace=N`. Some proxies write headers in lower case.
location() { expr "$(printf '%s\n' "$answer" | grep -i '^location: ')" : '[^ ]* \([[:graph:]]*\)' || refused; }
# The value of a field of text in JSON that has one field a line.
field() { expr "$(printf '%s\n' "$answer" | grep -m 1 "^  \"$1\": ")" : ".*: \"\\([^\"]*\\)\""; }

ask "$server/descriptors/?namespace=$namespace" --data "@$descriptor"
created=$(location) || exit 2
id=$(expr "$created" : '/descriptors/\([^/]*\)/')

body=
[ -z "$image" ] || body="{\"images\": {\"${image%%=*}\": \"${image#*=}\"}}"
# Asked twice under one key it is deployed once. The id of a descriptor that was stored just now is such a key.
ask -X POST "$server/deployments/?namespace=$namespace&descriptorId=$id" -H "Idempotency-Key: $id" --data "$body"
deployment=$(location) || exit 2
printf 'deployment %s%s\n' "$server" "$deployment"

log() { curl_teal "$server$(expr "$deployment" : '\(.*\)/?')/logs?namespace=$namespace"; }

while :; do
    # Answers as soon as something has changed, at the latest after 30 s.
    ask "$server$deployment&wait=30s"
    case $(field status) in
    DEPLOYING | UNDEPLOYING) ;;
    DEPLOYED)
        log
        printf 'version %s serves\n' "$(field version)"
        exit 0
        ;;
    FAILURE)
        log >&2
        exit 1
        ;;
    UNDEPLOYED)
        log
        if field deployedAt >/dev/null; then
            echo 'it served, and is not live any more'
            exit 0
        fi
        echo 'it was cancelled' >&2
        exit 1
        ;;
    # Deleted, or no right to look.
    *) refused ;;
    esac
done
