#!/bin/sh
# One deployment from a build pipeline, with nothing but curl, grep and expr.
#
#   pipeline.sh SERVER NAMESPACE DESCRIPTOR.json [CONTAINER=IMAGE]
#
# SERVER is http://HOST:PORT; a token is taken from TEAL_TOKEN. Exit 0: the version serves (or served and has been replaced by a newer one meanwhile).
# Exit 1: it failed or was cancelled; the log says why. Exit 2: the server refused the request.
set -u
[ $# -ge 3 ] || { grep '^#' "$0" >&2; exit 2; }
server=$1 namespace=$2 descriptor=$3 image=${4-}

ask() { curl -sS ${TEAL_TOKEN:+-H "Authorization: Bearer $TEAL_TOKEN"} "$@"; }
# The path of `Location: /deployments/ID/?namespace=N`; fails when there is none.
location() { expr "$(printf '%s\n' "$1" | grep '^Location: ')" : 'Location: \([[:graph:]]*\)'; }
# The value of a field of text in JSON that has one field a line.
field() { expr "$(printf '%s\n' "$2" | grep -m 1 "^  \"$1\": ")" : ".*: \"\\([^\"]*\\)\""; }

answer=$(ask -i "$server/descriptors/?namespace=$namespace" --data "@$descriptor") || exit 2
created=$(location "$answer") || { printf '%s\n' "$answer" >&2; exit 2; }
id=$(expr "$created" : '/descriptors/\([^/]*\)/')

body=
[ -z "$image" ] || body="{\"images\": {\"${image%%=*}\": \"${image#*=}\"}}"
answer=$(ask -i -X POST "$server/deployments/?namespace=$namespace&descriptorId=$id" --data "$body") || exit 2
deployment=$(location "$answer") || { printf '%s\n' "$answer" >&2; exit 2; }
printf 'deployment %s%s\n' "$server" "$deployment"

log() { ask "$server$(expr "$deployment" : '\(.*\)/?')/logs?namespace=$namespace"; }

silent=0
while :; do
    # Answers as soon as something has changed, at the latest after 30 s.
    if ! answer=$(ask --max-time 60 "$server$deployment&wait=30s"); then
        silent=$((silent + 1))
        [ "$silent" -lt 20 ] || { echo 'the server has not answered for a long time' >&2; exit 1; }
        sleep 3
        continue
    fi
    silent=0
    status=$(field status "$answer")
    case $status in
    DEPLOYING | UNDEPLOYING) ;;
    DEPLOYED)
        log
        printf 'version %s serves\n' "$(field version "$answer")"
        exit 0
        ;;
    FAILURE)
        log >&2
        exit 1
        ;;
    UNDEPLOYED)
        log
        if field deployedAt "$answer" >/dev/null; then
            echo 'it served, and is not live any more'
            exit 0
        fi
        echo 'it was cancelled' >&2
        exit 1
        ;;
    *)
        # Deleted, or an answer that is no deployment: 404, 401, a proxy in between.
        printf '%s\n' "$answer" >&2
        exit 1
        ;;
    esac
done
