#!/bin/sh
# A build pipeline that knows nothing but curl, grep and expr: stores a descriptor, deploys it, waits for the end.
# usage: pipeline.sh BASE_URL NAMESPACE DESCRIPTOR_FILE
# Exit code: 0 deployed, 1 failed, 2 cancelled or undeployed, 3 refused.
# TEAL_AUTHORIZATION: the Authorization header, where Teal asks for one.
base=$1 namespace=$2 file=$3

curl() { command curl ${TEAL_AUTHORIZATION:+-H "Authorization: $TEAL_AUTHORIZATION"} "$@"; }

answer=$(curl -s -i -X POST --data "@$file" "$base/descriptors/?namespace=$namespace" | grep 'Location:')
descriptor=$(expr "$answer" : 'Location: /descriptors/\(.*\)/?namespace=.*') || exit 3

answer=$(curl -s -i -X POST "$base/deployments/?namespace=$namespace&descriptorId=$descriptor" | grep 'Location:')
deployment=$(expr "$answer" : 'Location: /deployments/\(.*\)/?namespace=.*') || exit 3
echo "deployment $deployment"

while true; do
  line=$(curl -s "$base//deployments/$deployment/?namespace=$namespace" | grep '"status"')
  status=$(expr "$line" : '.*"status": "\([A-Z]*\)".*')
  case $status in
  DEPLOYED | UNDEPLOYED | FAILURE) break ;;
  esac
  sleep 1
done

echo "status $status"
curl -s "$base/deployments/$deployment/logs?namespace=$namespace"
curl -s "$base/deployments/$deployment/healthcheckdata?namespace=$namespace"
case $status in
DEPLOYED) exit 0 ;;
FAILURE) exit 1 ;;
*) exit 2 ;;
esac
