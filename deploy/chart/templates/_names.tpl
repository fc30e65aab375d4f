{{/* Names and labels that several templates share. */}}

{{- define "teal.name" -}}
{{- if contains "teal" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-teal" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "teal.account" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "teal.name" .) .Values.serviceAccount.name }}{{ else }}{{ default "default" .Values.serviceAccount.name }}{{ end -}}
{{- end }}

{{- define "teal.selector" -}}
app.kubernetes.io/name: teal
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* Not `managed-by: teal`: that mark belongs to what Teal deploys. */}}
{{- define "teal.labels" -}}
{{ include "teal.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "teal.namespaces" -}}
{{- if .Values.namespaces }}{{ join "," .Values.namespaces }}{{ else }}{{ .Release.Namespace }}{{ end -}}
{{- end }}

{{- /* What Teal does in a namespace it serves, and no more. */}}
{{- define "teal.rules" -}}
- apiGroups: ['']
  resources: [replicationcontrollers, services]
  verbs: [get, list, watch, create, update, delete]
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [get, list, watch, create, update, delete]
# Those of ingress-nginx for headers of answers are written only where the operator allows such headers.
- apiGroups: ['']
  resources: [configmaps]
  verbs: [list, watch{{ if index .Values.settings "ingress-response-headers" }}, get, create, update, delete{{ end }}]
- apiGroups: ['']
  resources: [pods]
  verbs: [list, watch]
- apiGroups: ['']
  resources: [pods/log]
  verbs: [get]
# Health checks through the API server (`health-via: api-proxy`): GET, and POST for applications that only know that.
- apiGroups: ['']
  resources: [pods/proxy]
  verbs: [get, create]
- apiGroups: ['']
  resources: [events]
  verbs: [list]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
{{- if eq (toString (index .Values.settings "ingress-middlewares")) "crd" }}
- apiGroups: [traefik.io]
  resources: [middlewares]
  verbs: [get, list, watch, create, update, delete]
{{- end }}
{{- end }}

{{- define "teal.check" -}}
{{- $a := .Values.auth -}}
{{- if not (or $a.jwtSecret $a.jwtPublicKeySecret $a.jwksUrl $a.allowAnonymous) -}}
{{- fail "auth: set jwtSecret, jwtPublicKeySecret or jwksUrl, or say allowAnonymous=true for a closed network" -}}
{{- end -}}
{{- if and $a.jwksUrl (not $a.audience) -}}
{{- fail "auth.audience: needed with jwksUrl, or every token of that identity provider would open Teal" -}}
{{- end -}}
{{- if and (eq .Values.store.kind "embedded") (gt (int .Values.replicas) 1) -}}
{{- fail "replicas: the embedded store serves one replica; use store.kind=etcd for more" -}}
{{- end -}}
{{- if and (eq .Values.store.kind "etcd") (not .Values.store.etcd.endpoints) -}}
{{- fail "store.etcd.endpoints: name at least one" -}}
{{- end -}}
{{- if and .Values.rbac.clusterWide .Values.namespaces -}}
{{- fail "namespaces: must be empty with rbac.clusterWide=true" -}}
{{- end -}}
{{- end }}
