/* The shapes, as text. A type is a line of fields "name:shape@number"; shapes are
 *   s string   i integer   n number   b bool   q quantity   y bytes   x integer or string   t time   * anything
 *   Type a struct   {shape} a map   [shape] a list
 *   a trailing ! makes a struct or map atomic; a list is atomic unless
 *   #key[,key] names what tells its items apart, or = says that it is a set.
 * The number is the field's in the protobuf encoding, N.M where it stands in an embedded message. */
#include "edge/schema_types.h"

const struct schema_text schema_texts[] = {
    {"ObjectMeta",
     "name:s@1 generateName:s@2 namespace:s@3 selfLink:s@4 uid:s@5 resourceVersion:s@6 generation:i@7 "
     "creationTimestamp:t@8 deletionTimestamp:t@9 deletionGracePeriodSeconds:i@10 labels:{s}@11 annotations:{s}@12 "
     "ownerReferences:[OwnerReference]#uid@13 finalizers:[s]=@14 managedFields:[ManagedFieldsEntry]@17"},
    {"OwnerReference", "apiVersion:s@5 kind:s@1 name:s@3 uid:s@4 controller:b@6 blockOwnerDeletion:b@7"},
    {"ManagedFieldsEntry",
     "manager:s@1 operation:s@2 apiVersion:s@3 time:t@4 fieldsType:s@6 fieldsV1:*@7 subresource:s@8"},
    {"LabelSelector", "matchLabels:{s}@1 matchExpressions:[LabelSelectorRequirement]@2"},
    {"LabelSelectorRequirement", "key:s@1 operator:s@2 values:[s]@3"},
    {"LocalObjectReference", "name:s@1"},
    {"ObjectReference", "kind:s@1 namespace:s@2 name:s@3 uid:s@4 apiVersion:s@5 resourceVersion:s@6 fieldPath:s@7"},
    {"Condition",
     "type:s status:s reason:s message:s lastTransitionTime:t lastProbeTime:t lastUpdateTime:t lastHeartbeatTime:t "
     "observedGeneration:i"},

    {"ConfigMap", "apiVersion:s kind:s metadata:ObjectMeta@1 data:{s}@2 binaryData:{y}@3 immutable:b@4"},

    {"Namespace", "apiVersion:s kind:s metadata:ObjectMeta@1 spec:NamespaceSpec@2 status:NamespaceStatus@3"},
    {"NamespaceSpec", "finalizers:[s]@1"},
    {"NamespaceStatus", "phase:s@1 conditions:[Condition]#type@2"},

    {"Node", "apiVersion:s kind:s metadata:ObjectMeta@1 spec:NodeSpec@2 status:NodeStatus@3"},
    {"NodeSpec",
     "podCIDR:s@1 podCIDRs:[s]=@7 providerID:s@3 unschedulable:b@4 taints:[Taint]@5 configSource:*@6 externalID:s@2"},
    {"Taint", "key:s@1 value:s@2 effect:s@3 timeAdded:t@4"},
    {"NodeStatus",
     "capacity:{q}@1 allocatable:{q}@2 phase:s@3 conditions:[Condition]#type@4 addresses:[NodeAddress]#type@5 "
     "daemonEndpoints:*@6 nodeInfo:NodeSystemInfo@7 images:[*]@8 volumesInUse:[s]@9 volumesAttached:[*]@10 config:*@11 "
     "runtimeHandlers:[*]@12 features:*@13"},
    {"NodeAddress", "type:s@1 address:s@2"},
    {"NodeSystemInfo",
     "machineID:s@1 systemUUID:s@2 bootID:s@3 kernelVersion:s@4 osImage:s@5 containerRuntimeVersion:s@6 "
     "kubeletVersion:s@7 kubeProxyVersion:s@8 operatingSystem:s@9 architecture:s@10 swap:*@11"},

    {"Pod", "apiVersion:s kind:s metadata:ObjectMeta@1 spec:PodSpec@2 status:PodStatus@3"},
    {"PodTemplateSpec", "metadata:ObjectMeta@1 spec:PodSpec@2"},
    {"PodSpec",
     "volumes:[Volume]#name@1 initContainers:[Container]#name@20 containers:[Container]#name@2 "
     "ephemeralContainers:[*]#name@34 restartPolicy:s@3 terminationGracePeriodSeconds:i@4 activeDeadlineSeconds:i@5 "
     "dnsPolicy:s@6 nodeSelector:{s}!@7 serviceAccountName:s@8 serviceAccount:s@9 automountServiceAccountToken:b@21 "
     "nodeName:s@10 hostNetwork:b@11 hostPID:b@12 hostIPC:b@13 shareProcessNamespace:b@27 "
     "securityContext:PodSecurityContext@14 imagePullSecrets:[LocalObjectReference]#name@15 hostname:s@16 "
     "subdomain:s@17 affinity:Affinity@18 schedulerName:s@19 tolerations:[Toleration]@22 hostAliases:[HostAlias]#ip@23 "
     "priorityClassName:s@24 priority:i@25 dnsConfig:*@26 readinessGates:[*]@28 runtimeClassName:s@29 "
     "enableServiceLinks:b@30 preemptionPolicy:s@31 overhead:{q}@32 "
     "topologySpreadConstraints:[TopologySpreadConstraint]#topologyKey,whenUnsatisfiable@33 setHostnameAsFQDN:b@35 "
     "os:*@36 hostUsers:b@37 schedulingGates:[LocalObjectReference]#name@38 resourceClaims:[*]@39 "
     "resources:ResourceRequirements@40 hostnameOverride:s@41"},
    {"HostAlias", "ip:s@1 hostnames:[s]@2"},
    {"Toleration", "key:s@1 operator:s@2 value:s@3 effect:s@4 tolerationSeconds:i@5"},
    {"Affinity", "nodeAffinity:*@1 podAffinity:*@2 podAntiAffinity:*@3"},
    {"TopologySpreadConstraint",
     "maxSkew:i@1 topologyKey:s@2 whenUnsatisfiable:s@3 labelSelector:LabelSelector!@4 minDomains:i@5 "
     "nodeAffinityPolicy:s@6 nodeTaintsPolicy:s@7 matchLabelKeys:[s]@8"},
    {"PodSecurityContext",
     "seLinuxOptions:*@1 windowsOptions:*@8 runAsUser:i@2 runAsGroup:i@6 runAsNonRoot:b@3 supplementalGroups:[i]@4 "
     "supplementalGroupsPolicy:s@12 fsGroup:i@5 sysctls:[*]@7 fsGroupChangePolicy:s@9 seccompProfile:*@10 "
     "appArmorProfile:*@11 seLinuxChangePolicy:s@13"},
    {"Volume",
     "name:s@1 hostPath:HostPathVolumeSource@2.1 emptyDir:EmptyDirVolumeSource@2.2 secret:SecretVolumeSource@2.6 "
     "configMap:ConfigMapVolumeSource@2.19 persistentVolumeClaim:PersistentVolumeClaimVolumeSource@2.10 "
     "downwardAPI:*@2.16 projected:*@2.26 ephemeral:*@2.29 nfs:*@2.7 csi:*@2.28 image:*@2.30 iscsi:*@2.8 fc:*@2.17 "
     "rbd:*@2.11 cephfs:*@2.14 glusterfs:*@2.9 flexVolume:*@2.12 cinder:*@2.13 flocker:*@2.15 azureFile:*@2.18 "
     "azureDisk:*@2.22 vsphereVolume:*@2.20 quobyte:*@2.21 photonPersistentDisk:*@2.23 portworxVolume:*@2.24 "
     "scaleIO:*@2.25 storageos:*@2.27 gitRepo:*@2.5 awsElasticBlockStore:*@2.4 gcePersistentDisk:*@2.3"},
    {"HostPathVolumeSource", "path:s@1 type:s@2"},
    {"EmptyDirVolumeSource", "medium:s@1 sizeLimit:q@2"},
    {"SecretVolumeSource", "secretName:s@1 items:[KeyToPath]@2 defaultMode:i@3 optional:b@4"},
    {"ConfigMapVolumeSource", "name:s@1.1 items:[KeyToPath]@2 defaultMode:i@3 optional:b@4"},
    {"KeyToPath", "key:s@1 path:s@2 mode:i@3"},
    {"PersistentVolumeClaimVolumeSource", "claimName:s@1 readOnly:b@2"},
    {"Container",
     "name:s@1 image:s@2 command:[s]@3 args:[s]@4 workingDir:s@5 ports:[ContainerPort]#containerPort,protocol@6 "
     "envFrom:[EnvFromSource]@19 env:[EnvVar]#name@7 resources:ResourceRequirements@8 resizePolicy:[*]@23 "
     "restartPolicy:s@24 restartPolicyRules:[*]@25 volumeMounts:[VolumeMount]#mountPath@9 "
     "volumeDevices:[VolumeDevice]#devicePath@21 livenessProbe:Probe@10 readinessProbe:Probe@11 startupProbe:Probe@22 "
     "lifecycle:Lifecycle@12 terminationMessagePath:s@13 terminationMessagePolicy:s@20 imagePullPolicy:s@14 "
     "securityContext:SecurityContext@15 stdin:b@16 stdinOnce:b@17 tty:b@18"},
    {"ContainerPort", "name:s@1 hostPort:i@2 containerPort:i@3 protocol:s@4 hostIP:s@5"},
    {"EnvFromSource", "prefix:s@1 configMapRef:OptionalReference@2 secretRef:OptionalReference@3"},
    {"OptionalReference", "name:s@1.1 optional:b@2"},
    {"EnvVar", "name:s@1 value:s@2 valueFrom:EnvVarSource@3"},
    {"EnvVarSource",
     "fieldRef:ObjectFieldSelector!@1 resourceFieldRef:ResourceFieldSelector!@2 configMapKeyRef:KeySelector!@3 "
     "secretKeyRef:KeySelector!@4 fileKeyRef:*@5"},
    {"ObjectFieldSelector", "apiVersion:s@1 fieldPath:s@2"},
    {"ResourceFieldSelector", "containerName:s@1 resource:s@2 divisor:q@3"},
    {"KeySelector", "name:s@1.1 key:s@2 optional:b@3"},
    {"ResourceRequirements", "limits:{q}@1 requests:{q}@2 claims:[ResourceClaim]#name@3"},
    {"ResourceClaim", "name:s@1 request:s@2"},
    {"VolumeMount",
     "name:s@1 readOnly:b@2 recursiveReadOnly:s@7 mountPath:s@3 subPath:s@4 mountPropagation:s@5 subPathExpr:s@6"},
    {"VolumeDevice", "name:s@1 devicePath:s@2"},
    {"Probe",
     "exec:ExecAction@1.1 httpGet:HTTPGetAction@1.2 tcpSocket:TCPSocketAction@1.3 grpc:GRPCAction@1.4 "
     "initialDelaySeconds:i@2 timeoutSeconds:i@3 periodSeconds:i@4 successThreshold:i@5 failureThreshold:i@6 "
     "terminationGracePeriodSeconds:i@7"},
    {"ExecAction", "command:[s]@1"},
    {"HTTPGetAction", "path:s@1 port:x@2 host:s@3 scheme:s@4 httpHeaders:[HTTPHeader]@5"},
    {"HTTPHeader", "name:s@1 value:s@2"},
    {"TCPSocketAction", "port:x@1 host:s@2"},
    {"GRPCAction", "port:i@1 service:s@2"},
    {"Lifecycle", "postStart:LifecycleHandler@1 preStop:LifecycleHandler@2 stopSignal:s@3"},
    {"LifecycleHandler", "exec:ExecAction@1 httpGet:HTTPGetAction@2 tcpSocket:TCPSocketAction@3 sleep:*@4"},
    {"SecurityContext",
     "capabilities:*@1 privileged:b@2 seLinuxOptions:*@3 windowsOptions:*@10 runAsUser:i@4 runAsGroup:i@8 "
     "runAsNonRoot:b@5 readOnlyRootFilesystem:b@6 allowPrivilegeEscalation:b@7 procMount:s@9 seccompProfile:*@11 "
     "appArmorProfile:*@12"},
    {"PodStatus",
     "observedGeneration:i@17 phase:s@1 conditions:[Condition]#type@2 message:s@3 reason:s@4 nominatedNodeName:s@11 "
     "hostIP:s@5 hostIPs:[*]@16 podIP:s@6 podIPs:[PodIP]#ip@12 startTime:t@7 initContainerStatuses:[*]@10 "
     "containerStatuses:[*]@8 qosClass:s@9 ephemeralContainerStatuses:[*]@13 resize:s@14 resourceClaimStatuses:[*]@15 "
     "extendedResourceClaimStatus:*@18"},
    {"PodIP", "ip:s@1"},

    {"Service", "apiVersion:s kind:s metadata:ObjectMeta@1 spec:ServiceSpec@2 status:ServiceStatus@3"},
    {"ServiceSpec",
     "ports:[ServicePort]#port,protocol@1 selector:{s}!@2 clusterIP:s@3 clusterIPs:[s]@18 type:s@4 externalIPs:[s]@5 "
     "sessionAffinity:s@7 loadBalancerIP:s@8 loadBalancerSourceRanges:[s]@9 externalName:s@10 "
     "externalTrafficPolicy:s@11 healthCheckNodePort:i@12 publishNotReadyAddresses:b@13 sessionAffinityConfig:*@14 "
     "ipFamilies:[s]@19 ipFamilyPolicy:s@17 allocateLoadBalancerNodePorts:b@20 loadBalancerClass:s@21 "
     "internalTrafficPolicy:s@22 trafficDistribution:s@23"},
    {"ServicePort", "name:s@1 protocol:s@2 appProtocol:s@6 port:i@3 targetPort:x@4 nodePort:i@5"},
    {"ServiceStatus", "loadBalancer:*@1 conditions:[Condition]#type@2"},

    {"Endpoints", "apiVersion:s kind:s metadata:ObjectMeta@1 subsets:[EndpointSubset]@2"},
    {"EndpointSubset", "addresses:[EndpointAddress]@1 notReadyAddresses:[EndpointAddress]@2 ports:[EndpointPort]@3"},
    {"EndpointAddress", "ip:s@1 hostname:s@3 nodeName:s@4 targetRef:ObjectReference!@2"},
    {"EndpointPort", "name:s@1 port:i@2 protocol:s@3 appProtocol:s@4"},

    {"EndpointSlice",
     "apiVersion:s kind:s metadata:ObjectMeta@1 endpoints:[Endpoint]@2 ports:[EndpointPort]@3 addressType:s@4"},
    {"Endpoint",
     "addresses:[s]=@1 conditions:EndpointConditions@2 hostname:s@3 targetRef:ObjectReference!@4 "
     "deprecatedTopology:{s}@5 nodeName:s@6 zone:s@7 hints:*@8"},
    {"EndpointConditions", "ready:b@1 serving:b@2 terminating:b@3"},

    {"Lease", "apiVersion:s kind:s metadata:ObjectMeta@1 spec:LeaseSpec@2"},
    {"LeaseSpec",
     "holderIdentity:s@1 leaseDurationSeconds:i@2 acquireTime:t@3 renewTime:t@4 leaseTransitions:i@5 strategy:s@6 "
     "preferredHolder:s@7"},

    {"PersistentVolumeClaim",
     "apiVersion:s kind:s metadata:ObjectMeta@1 spec:PersistentVolumeClaimSpec@2 status:PersistentVolumeClaimStatus@3"},
    {"PersistentVolumeClaimSpec",
     "accessModes:[s]@1 selector:LabelSelector!@4 resources:VolumeResourceRequirements@2 volumeName:s@3 "
     "storageClassName:s@5 volumeMode:s@6 dataSource:*@7 dataSourceRef:*@8 volumeAttributesClassName:s@9"},
    {"VolumeResourceRequirements", "limits:{q}@1 requests:{q}@2"},
    {"PersistentVolumeClaimStatus", "phase:s@1 accessModes:[s]@2 capacity:{q}@3 conditions:[Condition]#type@4"},

    {"Secret", "apiVersion:s kind:s metadata:ObjectMeta@1 data:{y}@2 type:s@3 stringData:{s}@4 immutable:b@5"},

    {"Event",
     "apiVersion:s kind:s metadata:ObjectMeta@1 involvedObject:ObjectReference@2 reason:s@3 message:s@4 "
     "source:EventSource@5 firstTimestamp:t@6 lastTimestamp:t@7 count:i@8 type:s@9 eventTime:t@10 "
     "series:EventSeries@11 action:s@12 related:ObjectReference@13 reportingComponent:s@14 reportingInstance:s@15"},
    {"EventSource", "component:s@1 host:s@2"},
    {"EventSeries", "count:i@1 lastObservedTime:t@2"},

    {"Deployment", "apiVersion:s kind:s metadata:ObjectMeta@1 spec:DeploymentSpec@2 status:DeploymentStatus@3"},
    {"DeploymentSpec",
     "replicas:i@1 selector:LabelSelector!@2 template:PodTemplateSpec@3 strategy:DeploymentStrategy@4 "
     "minReadySeconds:i@5 revisionHistoryLimit:i@6 paused:b@7 progressDeadlineSeconds:i@9"},
    {"DeploymentStrategy", "type:s@1 rollingUpdate:RollingUpdateDeployment@2"},
    {"RollingUpdateDeployment", "maxUnavailable:x@1 maxSurge:x@2"},
    {"DeploymentStatus",
     "observedGeneration:i@1 replicas:i@2 updatedReplicas:i@3 readyReplicas:i@7 availableReplicas:i@4 "
     "unavailableReplicas:i@5 terminatingReplicas:i@9 conditions:[Condition]#type@6 collisionCount:i@8"},

    {"ReplicaSet", "apiVersion:s kind:s metadata:ObjectMeta@1 spec:ReplicaSetSpec@2 status:ReplicaSetStatus@3"},
    {"ReplicaSetSpec", "replicas:i@1 minReadySeconds:i@4 selector:LabelSelector!@2 template:PodTemplateSpec@3"},
    {"ReplicaSetStatus",
     "replicas:i@1 fullyLabeledReplicas:i@2 readyReplicas:i@4 availableReplicas:i@5 terminatingReplicas:i@7 "
     "observedGeneration:i@3 conditions:[Condition]#type@6"},

    {"Scale", "apiVersion:s kind:s metadata:ObjectMeta spec:ScaleSpec status:ScaleStatus"},
    {"ScaleSpec", "replicas:i"},
    {"ScaleStatus", "replicas:i selector:s"},

    {"DeleteOptions",
     "apiVersion:s kind:s gracePeriodSeconds:i@1 preconditions:Preconditions@2 orphanDependents:b@3 "
     "propagationPolicy:s@4 dryRun:[s]@5 ignoreStoreReadErrorWithClusterBreakingPotential:b@6"},
    {"Preconditions", "uid:s@1 resourceVersion:s@2"},
    {NULL, NULL},
};
