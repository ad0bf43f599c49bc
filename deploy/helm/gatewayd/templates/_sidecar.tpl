{{/*
For the pods of your own chart: make this one a dependency, with worker.enabled=false, and include these with the
subchart's context, `.Subcharts.gatewayd`:

  gatewayd.sidecar       an item of initContainers
  gatewayd.volumes       items of volumes
  gatewayd.workerEnv     items of your container's env: where the daemon is
  gatewayd.workerMounts  items of your container's volumeMounts; empty unless unixSocket.enabled
  gatewayd.podLabels     of the pod, for the NetworkPolicy and the PodMonitor
  gatewayd.graceSeconds  the pod's terminationGracePeriodSeconds

docs/deploy.md has a Deployment with all of them.
*/}}

{{- define "gatewayd.sidecar" -}}
- name: gatewayd
  image: {{ include "gatewayd.image" . | quote }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  restartPolicy: Always
  env:
    - name: GATEWAYD_REGISTER
      value: {{ join "," .Values.cluster.registers | quote }}
    - name: GATEWAYD_DIALECT
      value: {{ .Values.cluster.dialect | quote }}
    {{- with .Values.cluster.addressMap }}
    - name: GATEWAYD_ADDRESS_MAP
      value: {{ . | quote }}
    {{- end }}
    {{- if .Values.cluster.secret.name }}
    - name: GATEWAYD_SECRET_FILE
      value: /etc/gatewayd/secret-key
    {{- end }}
    {{- if .Values.unixSocket.enabled }}
    - name: GATEWAYD_LISTEN
      value: unix:/run/gatewayd/gatewayd.sock
    {{- end }}
    - name: GATEWAYD_ADMIN_LISTEN
      value: {{ printf "0.0.0.0:%d" (int .Values.adminPort) | quote }}
    - name: GATEWAYD_DRAIN_TIMEOUT
      value: {{ printf "%ds" (int .Values.drainSeconds) | quote }}
    {{- range $name, $value := .Values.env }}
    - name: {{ $name }}
      value: {{ $value | quote }}
    {{- end }}
  ports:
    - name: gatewayd-admin
      containerPort: {{ .Values.adminPort }}
  startupProbe:
    httpGet:
      path: /readyz
      port: gatewayd-admin
    periodSeconds: 1
    timeoutSeconds: 2
    failureThreshold: 120
  readinessProbe:
    httpGet:
      path: /readyz
      port: gatewayd-admin
    periodSeconds: 5
    timeoutSeconds: 2
    failureThreshold: 2
  livenessProbe:
    httpGet:
      path: /healthz
      port: gatewayd-admin
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 3
  {{- with .Values.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "gatewayd.containerSecurityContext" . | nindent 4 }}
  {{- if or .Values.cluster.secret.name .Values.unixSocket.enabled }}
  volumeMounts:
    {{- if .Values.cluster.secret.name }}
    - name: gatewayd-secret
      mountPath: /etc/gatewayd
      readOnly: true
    {{- end }}
    {{- if .Values.unixSocket.enabled }}
    - name: gatewayd-socket
      mountPath: /run/gatewayd
    {{- end }}
  {{- end }}
{{- end }}

{{- define "gatewayd.volumes" -}}
{{- if .Values.cluster.secret.name }}
- name: gatewayd-secret
  secret:
    secretName: {{ .Values.cluster.secret.name }}
    defaultMode: 0440
    items:
      - key: {{ .Values.cluster.secret.key }}
        path: secret-key
{{- end }}
{{- if .Values.unixSocket.enabled }}
- name: gatewayd-socket
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
{{- end }}
{{- end }}

{{- define "gatewayd.workerEnv" -}}
- name: GATEWAYD_ADDRESS
  value: {{ ternary "unix:/run/gatewayd/gatewayd.sock" "127.0.0.1:50051" .Values.unixSocket.enabled }}
{{- end }}

{{- define "gatewayd.workerMounts" -}}
{{- if .Values.unixSocket.enabled }}
- name: gatewayd-socket
  mountPath: /run/gatewayd
{{- end }}
{{- end }}

{{- define "gatewayd.podLabels" -}}
gatewayd/sidecar: {{ .Release.Name | quote }}
{{- end }}

{{/* Kubernetes counts both together: the worker leaves, then gatewayd drains; 5 s are for the rest. */}}
{{- define "gatewayd.graceSeconds" -}}
{{ add .Values.worker.stopSeconds .Values.drainSeconds 5 }}
{{- end }}
