/* The shapes, as text. A type is a line of fields "name:shape"; shapes are
 *   s string   i integer   n number   b bool   q quantity   x integer or string   t time   * anything
 *   Type a struct   {shape} a map   [shape] a list
 *   a trailing ! makes a struct or map atomic; a list is atomic unless
 *   #key[,key] names what tells its items apart, or = says that it is a set. */
#include "edge/schema_types.h"

const struct schema_text schema_texts[] = {
    {"ObjectMeta", "name:s generateName:s namespace:s selfLink:s uid:s resourceVersion:s generation:i creationTimestamp:t "
                   "deletionTimestamp:t deletionGracePeriodSeconds:i labels:{s} annotations:{s} "
                   "ownerReferences:[OwnerReference]#uid finalizers:[s]= managedFields:[ManagedFieldsEntry]"},
    {"OwnerReference", "apiVersion:s kind:s name:s uid:s controller:b blockOwnerDeletion:b"},
    {"ManagedFieldsEntry", "manager:s operation:s apiVersion:s time:t fieldsType:s fieldsV1:* subresource:s"},
    {"LabelSelector", "matchLabels:{s} matchExpressions:[LabelSelectorRequirement]"},
    {"LabelSelectorRequirement", "key:s operator:s values:[s]"},
    {"LocalObjectReference", "name:s"},
    {"ObjectReference", "kind:s namespace:s name:s uid:s apiVersion:s resourceVersion:s fieldPath:s"},
    {"Condition", "type:s status:s reason:s message:s lastTransitionTime:t lastProbeTime:t lastUpdateTime:t "
                  "lastHeartbeatTime:t observedGeneration:i"},

    {"ConfigMap", "apiVersion:s kind:s metadata:ObjectMeta data:{s} binaryData:{s} immutable:b"},

    {"Namespace", "apiVersion:s kind:s metadata:ObjectMeta spec:NamespaceSpec status:NamespaceStatus"},
    {"NamespaceSpec", "finalizers:[s]"},
    {"NamespaceStatus", "phase:s conditions:[Condition]#type"},

    {"Node", "apiVersion:s kind:s metadata:ObjectMeta spec:NodeSpec status:NodeStatus"},
    {"NodeSpec", "podCIDR:s podCIDRs:[s]= providerID:s unschedulable:b taints:[Taint] configSource:* externalID:s"},
    {"Taint", "key:s value:s effect:s timeAdded:t"},
    {"NodeStatus", "capacity:{q} allocatable:{q} phase:s conditions:[Condition]#type addresses:[NodeAddress]#type "
                   "daemonEndpoints:* nodeInfo:NodeSystemInfo images:[*] volumesInUse:[s] volumesAttached:[*] config:* "
                   "runtimeHandlers:[*] features:*"},
    {"NodeAddress", "type:s address:s"},
    {"NodeSystemInfo", "machineID:s systemUUID:s bootID:s kernelVersion:s osImage:s containerRuntimeVersion:s "
                       "kubeletVersion:s kubeProxyVersion:s operatingSystem:s architecture:s swap:*"},

    {"Pod", "apiVersion:s kind:s metadata:ObjectMeta spec:PodSpec status:PodStatus"},
    {"PodTemplateSpec", "metadata:ObjectMeta spec:PodSpec"},
    {"PodSpec",
     "volumes:[Volume]#name initContainers:[Container]#name containers:[Container]#name ephemeralContainers:[Container]#name "
     "restartPolicy:s terminationGracePeriodSeconds:i activeDeadlineSeconds:i dnsPolicy:s nodeSelector:{s}! "
     "serviceAccountName:s serviceAccount:s automountServiceAccountToken:b nodeName:s hostNetwork:b hostPID:b hostIPC:b "
     "shareProcessNamespace:b securityContext:PodSecurityContext imagePullSecrets:[LocalObjectReference]#name hostname:s "
     "subdomain:s affinity:Affinity schedulerName:s tolerations:[Toleration] hostAliases:[HostAlias]#ip "
     "priorityClassName:s priority:i dnsConfig:* readinessGates:[*] runtimeClassName:s enableServiceLinks:b "
     "preemptionPolicy:s overhead:{q} topologySpreadConstraints:[TopologySpreadConstraint]#topologyKey,whenUnsatisfiable "
     "setHostnameAsFQDN:b os:* hostUsers:b schedulingGates:[LocalObjectReference]#name resourceClaims:[*] "
     "resources:ResourceRequirements hostnameOverride:s"},
    {"HostAlias", "ip:s hostnames:[s]"},
    {"Toleration", "key:s operator:s value:s effect:s tolerationSeconds:i"},
    {"Affinity", "nodeAffinity:* podAffinity:* podAntiAffinity:*"},
    {"TopologySpreadConstraint", "maxSkew:i topologyKey:s whenUnsatisfiable:s labelSelector:LabelSelector! minDomains:i "
                                 "nodeAffinityPolicy:s nodeTaintsPolicy:s matchLabelKeys:[s]"},
    {"PodSecurityContext", "seLinuxOptions:* windowsOptions:* runAsUser:i runAsGroup:i runAsNonRoot:b "
                           "supplementalGroups:[i] supplementalGroupsPolicy:s fsGroup:i sysctls:[*] fsGroupChangePolicy:s "
                           "seccompProfile:* appArmorProfile:* seLinuxChangePolicy:s"},
    {"Volume", "name:s hostPath:HostPathVolumeSource emptyDir:EmptyDirVolumeSource secret:SecretVolumeSource "
               "configMap:ConfigMapVolumeSource persistentVolumeClaim:PersistentVolumeClaimVolumeSource downwardAPI:* "
               "projected:* ephemeral:* nfs:* csi:* image:* iscsi:* fc:* rbd:* cephfs:* glusterfs:* flexVolume:* cinder:* "
               "flocker:* azureFile:* azureDisk:* vsphereVolume:* quobyte:* photonPersistentDisk:* portworxVolume:* "
               "scaleIO:* storageos:* gitRepo:* awsElasticBlockStore:* gcePersistentDisk:*"},
    {"HostPathVolumeSource", "path:s type:s"},
    {"EmptyDirVolumeSource", "medium:s sizeLimit:q"},
    {"SecretVolumeSource", "secretName:s items:[KeyToPath] defaultMode:i optional:b"},
    {"ConfigMapVolumeSource", "name:s items:[KeyToPath] defaultMode:i optional:b"},
    {"KeyToPath", "key:s path:s mode:i"},
    {"PersistentVolumeClaimVolumeSource", "claimName:s readOnly:b"},
    {"Container",
     "name:s image:s command:[s] args:[s] workingDir:s ports:[ContainerPort]#containerPort,protocol envFrom:[EnvFromSource] "
     "env:[EnvVar]#name resources:ResourceRequirements resizePolicy:[*] restartPolicy:s restartPolicyRules:[*] "
     "volumeMounts:[VolumeMount]#mountPath volumeDevices:[VolumeDevice]#devicePath livenessProbe:Probe "
     "readinessProbe:Probe startupProbe:Probe lifecycle:Lifecycle terminationMessagePath:s terminationMessagePolicy:s "
     "imagePullPolicy:s securityContext:SecurityContext stdin:b stdinOnce:b tty:b targetContainerName:s"},
    {"ContainerPort", "name:s hostPort:i containerPort:i protocol:s hostIP:s"},
    {"EnvFromSource", "prefix:s configMapRef:OptionalReference secretRef:OptionalReference"},
    {"OptionalReference", "name:s optional:b"},
    {"EnvVar", "name:s value:s valueFrom:EnvVarSource"},
    {"EnvVarSource", "fieldRef:ObjectFieldSelector! resourceFieldRef:ResourceFieldSelector! configMapKeyRef:KeySelector! "
                     "secretKeyRef:KeySelector! fileKeyRef:*"},
    {"ObjectFieldSelector", "apiVersion:s fieldPath:s"},
    {"ResourceFieldSelector", "containerName:s resource:s divisor:q"},
    {"KeySelector", "name:s key:s optional:b"},
    {"ResourceRequirements", "limits:{q} requests:{q} claims:[ResourceClaim]#name"},
    {"ResourceClaim", "name:s request:s"},
    {"VolumeMount", "name:s readOnly:b recursiveReadOnly:s mountPath:s subPath:s mountPropagation:s subPathExpr:s"},
    {"VolumeDevice", "name:s devicePath:s"},
    {"Probe", "exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction grpc:GRPCAction initialDelaySeconds:i "
              "timeoutSeconds:i periodSeconds:i successThreshold:i failureThreshold:i terminationGracePeriodSeconds:i"},
    {"ExecAction", "command:[s]"},
    {"HTTPGetAction", "path:s port:x host:s scheme:s httpHeaders:[HTTPHeader]"},
    {"HTTPHeader", "name:s value:s"},
    {"TCPSocketAction", "port:x host:s"},
    {"GRPCAction", "port:i service:s"},
    {"Lifecycle", "postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:s"},
    {"LifecycleHandler", "exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction sleep:*"},
    {"SecurityContext", "capabilities:* privileged:b seLinuxOptions:* windowsOptions:* runAsUser:i runAsGroup:i "
                        "runAsNonRoot:b readOnlyRootFilesystem:b allowPrivilegeEscalation:b procMount:s seccompProfile:* "
                        "appArmorProfile:*"},
    {"PodStatus", "observedGeneration:i phase:s conditions:[Condition]#type message:s reason:s nominatedNodeName:s hostIP:s "
                  "hostIPs:[*] podIP:s podIPs:[PodIP]#ip startTime:t initContainerStatuses:[*] containerStatuses:[*] "
                  "qosClass:s ephemeralContainerStatuses:[*] resize:s resourceClaimStatuses:[*] extendedResourceClaimStatus:*"},
    {"PodIP", "ip:s"},

    {"Service", "apiVersion:s kind:s metadata:ObjectMeta spec:ServiceSpec status:ServiceStatus"},
    {"ServiceSpec", "ports:[ServicePort]#port,protocol selector:{s}! clusterIP:s clusterIPs:[s] type:s externalIPs:[s] "
                    "sessionAffinity:s loadBalancerIP:s loadBalancerSourceRanges:[s] externalName:s "
                    "externalTrafficPolicy:s healthCheckNodePort:i publishNotReadyAddresses:b sessionAffinityConfig:* "
                    "ipFamilies:[s] ipFamilyPolicy:s allocateLoadBalancerNodePorts:b loadBalancerClass:s "
                    "internalTrafficPolicy:s trafficDistribution:s"},
    {"ServicePort", "name:s protocol:s appProtocol:s port:i targetPort:x nodePort:i"},
    {"ServiceStatus", "loadBalancer:* conditions:[Condition]#type"},

    {"Endpoints", "apiVersion:s kind:s metadata:ObjectMeta subsets:[EndpointSubset]"},
    {"EndpointSubset", "addresses:[EndpointAddress] notReadyAddresses:[EndpointAddress] ports:[EndpointPort]"},
    {"EndpointAddress", "ip:s hostname:s nodeName:s targetRef:ObjectReference!"},
    {"EndpointPort", "name:s port:i protocol:s appProtocol:s"},

    {"Event", "apiVersion:s kind:s metadata:ObjectMeta involvedObject:ObjectReference reason:s message:s source:EventSource "
              "firstTimestamp:t lastTimestamp:t count:i type:s eventTime:t series:EventSeries action:s "
              "related:ObjectReference reportingComponent:s reportingInstance:s"},
    {"EventSource", "component:s host:s"},
    {"EventSeries", "count:i lastObservedTime:t"},

    {"Deployment", "apiVersion:s kind:s metadata:ObjectMeta spec:DeploymentSpec status:DeploymentStatus"},
    {"DeploymentSpec", "replicas:i selector:LabelSelector! template:PodTemplateSpec strategy:DeploymentStrategy "
                       "minReadySeconds:i revisionHistoryLimit:i paused:b progressDeadlineSeconds:i"},
    {"DeploymentStrategy", "type:s rollingUpdate:RollingUpdateDeployment"},
    {"RollingUpdateDeployment", "maxUnavailable:x maxSurge:x"},
    {"DeploymentStatus", "observedGeneration:i replicas:i updatedReplicas:i readyReplicas:i availableReplicas:i "
                         "unavailableReplicas:i terminatingReplicas:i conditions:[Condition]#type collisionCount:i"},

    {"ReplicaSet", "apiVersion:s kind:s metadata:ObjectMeta spec:ReplicaSetSpec status:ReplicaSetStatus"},
    {"ReplicaSetSpec", "replicas:i minReadySeconds:i selector:LabelSelector! template:PodTemplateSpec"},
    {"ReplicaSetStatus", "replicas:i fullyLabeledReplicas:i readyReplicas:i availableReplicas:i terminatingReplicas:i "
                         "observedGeneration:i conditions:[Condition]#type"},

    {"Scale", "apiVersion:s kind:s metadata:ObjectMeta spec:ScaleSpec status:ScaleStatus"},
    {"ScaleSpec", "replicas:i"},
    {"ScaleStatus", "replicas:i selector:s"},
    {NULL, NULL},
};
