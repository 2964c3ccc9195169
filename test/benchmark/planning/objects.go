// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

const (
	schedulerName = "loadline-scheduler"
	coresPerNode  = 32
	bytesPerNode  = 128 << 30
	// images is how many a node has.
	images = 40
)

func newNode(number int) *corev1.Node {
	name := fmt.Sprintf("node-%05d", number)
	amounts := corev1.ResourceList{
		corev1.ResourceCPU:              *resource.NewQuantity(coresPerNode, resource.DecimalSI),
		corev1.ResourceMemory:           *resource.NewQuantity(bytesPerNode, resource.BinarySI),
		corev1.ResourceEphemeralStorage: resource.MustParse("500Gi"),
		corev1.ResourcePods:             resource.MustParse("120"),
	}
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid-of-" + name), Labels: map[string]string{
			corev1.LabelHostname: name, corev1.LabelTopologyZone: fmt.Sprintf("zone-%d", number%zones), corev1.LabelTopologyRegion: "region",
			corev1.LabelOSStable: "linux", corev1.LabelArchStable: "amd64", corev1.LabelInstanceTypeStable: "large",
		}},
		Status: corev1.NodeStatus{
			Capacity: amounts, Allocatable: amounts,
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
		},
	}
	for i := range images {
		node.Status.Images = append(node.Status.Images, corev1.ContainerImage{
			Names: []string{image((number + i) % 1000)}, SizeBytes: 100 << 20,
		})
	}
	return node
}

func image(number int) string { return fmt.Sprintf("registry.example.com/shop/web-%04d:1.2.3", number) }

// workload are the names of what belongs to a Deployment.
type workload struct{ namespace, name, replicaSet string }

func newWorkload(number int) workload {
	name := fmt.Sprintf("web-%05d", number)
	return workload{fmt.Sprintf("team-%02d", number%namespaces), name, name + "-6d5f8c"}
}

// addWorkload adds a Deployment with its ReplicaSet and a PodDisruptionBudget.
func (f *fleet) addWorkload(number int, now time.Time) error {
	w := newWorkload(number)
	if number < namespaces {
		f.Namespaces = append(f.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: w.namespace, Labels: map[string]string{corev1.LabelMetadataName: w.namespace},
		}})
	}
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/name": w.name}}
	template := podTemplate(number)
	of := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{
			Namespace: w.namespace, Name: name, UID: types.UID("uid-of-" + name), Generation: 1,
			CreationTimestamp: metav1.NewTime(now.Add(-48 * time.Hour)), Labels: template.Labels,
		}
	}
	deployment := &appsv1.Deployment{
		ObjectMeta: of(w.name),
		Spec:       appsv1.DeploymentSpec{Replicas: ptr.To[int32](replicas), Selector: selector, Template: template},
		Status: appsv1.DeploymentStatus{
			ObservedGeneration: 1, Replicas: replicas, UpdatedReplicas: replicas, ReadyReplicas: replicas, AvailableReplicas: replicas,
		},
	}
	set := &appsv1.ReplicaSet{
		ObjectMeta: of(w.replicaSet),
		Spec: appsv1.ReplicaSetSpec{Replicas: ptr.To[int32](replicas), Template: *template.DeepCopy(), Selector: metav1.AddLabelToSelector(
			selector.DeepCopy(), appsv1.DefaultDeploymentUniqueLabelKey, "6d5f8c")},
		Status: appsv1.ReplicaSetStatus{ObservedGeneration: 1, Replicas: replicas, ReadyReplicas: replicas, AvailableReplicas: replicas},
	}
	set.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(deployment, appsv1.SchemeGroupVersion.WithKind("Deployment"))}
	f.Deployments, f.ReplicaSets = append(f.Deployments, deployment), append(f.ReplicaSets, set)
	f.Budgets = append(f.Budgets, &policyv1.PodDisruptionBudget{
		ObjectMeta: of(w.name),
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: selector, MaxUnavailable: ptr.To(intstr.FromString("20%"))},
		Status: policyv1.PodDisruptionBudgetStatus{
			ObservedGeneration: 1, DisruptionsAllowed: replicas / 5, CurrentHealthy: replicas, DesiredHealthy: replicas - replicas/5, ExpectedPods: replicas,
		},
	})
	for _, object := range []any{deployment, set} {
		if _, err := f.trim(object); err != nil {
			return fmt.Errorf("trimming a workload: %w", err)
		}
	}
	return nil
}

// service selects the pods of a Deployment.
func (w workload) service() *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: w.name},
		Spec:       corev1.ServiceSpec{Selector: map[string]string{"app.kubernetes.io/name": w.name}},
	}
}

// podTemplate is of one container, as most are: with settings, a configuration,
// probes and a token.
func podTemplate(number int) corev1.PodTemplateSpec {
	w := newWorkload(number)
	probe := func(path string) *corev1.Probe {
		return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(8080), Scheme: corev1.URISchemeHTTP}}, PeriodSeconds: 10, TimeoutSeconds: 1, FailureThreshold: 3, SuccessThreshold: 1}
	}
	var settings []corev1.EnvVar
	for i := range 10 {
		settings = append(settings, corev1.EnvVar{Name: fmt.Sprintf("SETTING_NUMBER_%d", i), Value: strings.Repeat("v", 20)})
	}
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{
			Labels: map[string]string{
				"app.kubernetes.io/name": w.name, "app.kubernetes.io/part-of": "shop", "app.kubernetes.io/version": "1.2.3", "team": w.namespace,
			},
			Annotations: map[string]string{"prometheus.io/scrape": "true", "prometheus.io/port": "8080"},
		},
		Spec: corev1.PodSpec{
			SchedulerName: schedulerName, ServiceAccountName: "default", RestartPolicy: corev1.RestartPolicyAlways, DNSPolicy: corev1.DNSClusterFirst,
			TerminationGracePeriodSeconds: ptr.To[int64](30), SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: ptr.To(true)},
			Volumes: []corev1.Volume{
				{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: w.name}}}},
				{Name: "kube-api-access", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
					{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{ExpirationSeconds: ptr.To[int64](3607), Path: "token"}},
					{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "kube-root-ca.crt"}, Items: []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}}}},
				}}}},
			},
			Containers: []corev1.Container{{
				Name: "web", Image: image(number % 1000), Args: []string{"serve", "--address=:8080", "--config=/etc/web/config.yaml"}, Env: settings,
				Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: corev1.ProtocolTCP}},
				Resources: corev1.ResourceRequirements{
					Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("200m"), corev1.ResourceMemory: resource.MustParse("1Gi")},
					Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("8Gi")},
				},
				VolumeMounts:  []corev1.VolumeMount{{Name: "config", MountPath: "/etc/web"}, {Name: "kube-api-access", ReadOnly: true, MountPath: "/var/run/secrets/kubernetes.io/serviceaccount"}},
				LivenessProbe: probe("/livez"), ReadinessProbe: probe("/readyz"),
				TerminationMessagePath: "/dev/termination-log", TerminationMessagePolicy: corev1.TerminationMessageReadFile, ImagePullPolicy: corev1.PullIfNotPresent,
			}},
		},
	}
}

// newPod is one that has run for a day.
func newPod(of, number int, node string, now time.Time) *corev1.Pod {
	w, template := newWorkload(of), podTemplate(of)
	began := metav1.NewTime(now.Add(-24 * time.Hour))
	name := fmt.Sprintf("%s-%06x", w.replicaSet, number)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: w.namespace, Name: name, GenerateName: w.replicaSet + "-", UID: types.UID(fmt.Sprintf("d9b1b7a2-8c62-4c53-9f0e-%012d", number)),
			ResourceVersion: fmt.Sprint(1000000 + number), CreationTimestamp: began, Labels: template.Labels, Annotations: template.Annotations,
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "apps/v1", Kind: "ReplicaSet", Name: w.replicaSet, UID: types.UID("uid-of-" + w.replicaSet), Controller: ptr.To(true), BlockOwnerDeletion: ptr.To(true),
			}},
		},
		Spec: template.Spec,
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, HostIP: "10.0.0.1", PodIP: "10.1.2.3", PodIPs: []corev1.PodIP{{IP: "10.1.2.3"}}, StartTime: &began, QOSClass: corev1.PodQOSBurstable,
			ContainerStatuses: []corev1.ContainerStatus{{
				Name: "web", Ready: true, Started: ptr.To(true), Image: image(of % 1000), ImageID: "registry.example.com/shop/web@sha256:" + strings.Repeat("0", 64),
				ContainerID: "containerd://" + strings.Repeat("0", 64), State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: began}},
			}},
		},
	}
	pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = "6d5f8c"
	pod.Spec.NodeName = node
	for _, kind := range []corev1.PodConditionType{corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled} {
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: began})
	}
	for _, taint := range []string{corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable} {
		pod.Spec.Tolerations = append(pod.Spec.Tolerations, corev1.Toleration{
			Key: taint, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: ptr.To[int64](300),
		})
	}
	return pod
}
