// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"cmp"
	"fmt"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/test/deploy"
)

// nameLabel is what namespaces bear whose pods Loadline places without being named.
const nameLabel = "loadline.dev/scheduler"

// checkSchedulerName checks which pods get the name of Loadline's scheduler. They are
// not really made.
func (f *fixture) checkSchedulerName() {
	for name, label := range map[string]string{"labelled-true": "true", "labelled-false": "false", "kube-system": "true", deploy.Namespace: "true"} {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{nameLabel: label}}}
		if name == "kube-system" || name == deploy.Namespace {
			_, err := f.client.CoreV1().Namespaces().Patch(f, name, types.MergePatchType,
				fmt.Appendf(nil, `{"metadata":{"labels":{%q:%q}}}`, nameLabel, label), metav1.PatchOptions{})
			f.must(err)
			continue
		}
		_, err := f.client.CoreV1().Namespaces().Create(f, namespace, metav1.CreateOptions{})
		f.must(err)
	}
	named := func(namespace string, change func(*corev1.Pod)) string {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: restrictedSpec()}
		change(pod)
		created, err := f.client.CoreV1().Pods(namespace).Create(f, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		f.must(err)
		return created.Spec.SchedulerName
	}
	unchanged := func(*corev1.Pod) {}
	f.await("the policy to be in force", func() string {
		if got := named("labelled-true", unchanged); got != deploy.SchedulerName {
			return "a pod gets the scheduler " + got
		}
		return ""
	})
	cases := map[string]struct {
		namespace string // default: labelled-true
		change    func(*corev1.Pod)
		want      string
	}{
		"nothing said":    {change: unchanged, want: deploy.SchedulerName},
		"of a ReplicaSet": {change: owned("ReplicaSet"), want: deploy.SchedulerName},
		"with a variable that is named twice": {change: func(pod *corev1.Pod) {
			pod.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "A", Value: "1"}, {Name: "A", Value: "2"}}
		}, want: deploy.SchedulerName},
		"of a DaemonSet":               {change: owned("DaemonSet"), want: corev1.DefaultSchedulerName},
		"of another kind of DaemonSet": {change: owned("AdvancedDaemonSet"), want: corev1.DefaultSchedulerName},
		"with a scheduler of its own":  {change: func(pod *corev1.Pod) { pod.Spec.SchedulerName = "other" }, want: "other"},
		"with a node already":          {change: onNode("a"), want: corev1.DefaultSchedulerName},
		"in a namespace that says no":  {namespace: "labelled-false", change: unchanged, want: corev1.DefaultSchedulerName},
		"in one that says nothing":     {namespace: namespace, change: unchanged, want: corev1.DefaultSchedulerName},
		"in kube-system":               {namespace: "kube-system", change: unchanged, want: corev1.DefaultSchedulerName},
		"in Loadline's own":            {namespace: deploy.Namespace, change: unchanged, want: corev1.DefaultSchedulerName},
	}
	for name, tc := range cases {
		if got := named(cmp.Or(tc.namespace, "labelled-true"), tc.change); got != tc.want {
			f.Errorf("a pod %s: scheduler %s, want %s", name, got, tc.want)
		}
	}
}

func owned(kind string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: kind, Name: "owner", UID: "1", Controller: ptr.To(true)}}
	}
}

// restrictedSpec complies with the strictest Pod Security Standard.
func restrictedSpec() corev1.PodSpec {
	return corev1.PodSpec{
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot: ptr.To(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		Containers: []corev1.Container{{Name: "main", Image: "none", SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: ptr.To(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		}}},
	}
}

// checkBoundaries checks what nobody may who need not: neither program what is the
// other's, and whose tokens kubelets see, nothing but reading metrics.
func (f *fixture) checkBoundaries() {
	const scheduler, descheduler, reader = "loadline-scheduler", "loadline-descheduler", "loadline-kubelet-reader"
	resource := func(verb, resource string) authorizationv1.ResourceAttributes {
		return authorizationv1.ResourceAttributes{Verb: verb, Resource: resource, Namespace: namespace}
	}
	part := func(verb, resource, subresource string) authorizationv1.ResourceAttributes {
		return authorizationv1.ResourceAttributes{Verb: verb, Resource: resource, Subresource: subresource, Namespace: namespace}
	}
	own := func(verb, resource, name string) authorizationv1.ResourceAttributes {
		return authorizationv1.ResourceAttributes{Verb: verb, Resource: resource, Name: name, Namespace: deploy.Namespace}
	}
	cases := []struct {
		account string
		asks    authorizationv1.ResourceAttributes
		want    bool
	}{
		{scheduler, part("create", "pods", "binding"), true},
		{scheduler, part("create", "pods", "eviction"), false},
		{scheduler, resource("patch", "nodes"), false},
		{scheduler, resource("get", "secrets"), false},
		{scheduler, resource("create", "pods"), false},
		{scheduler, resource("list", "configmaps"), false},
		{scheduler, own("update", "configmaps", "loadline-evictions"), false},
		{scheduler, own("update", "configmaps", "some-rules"), false},
		{descheduler, part("create", "pods", "eviction"), true},
		{descheduler, part("create", "pods", "binding"), false},
		{descheduler, resource("delete", "pods"), false},
		{descheduler, resource("delete", "nodes"), false},
		{descheduler, resource("get", "secrets"), false},
		{descheduler, own("update", "configmaps", "loadline-status"), false},
		{reader, part("get", "nodes", "metrics"), true},
		{reader, part("get", "nodes", "proxy"), false},
		{reader, part("create", "nodes", "proxy"), false},
		{reader, resource("list", "nodes"), false},
		{reader, resource("list", "pods"), false},
		{reader, resource("get", "secrets"), false},
		{"default", own("list", "configmaps", ""), false},
		{"default", resource("list", "pods"), false},
	}
	for _, tc := range cases {
		review, err := f.client.AuthorizationV1().SubjectAccessReviews().Create(f, &authorizationv1.SubjectAccessReview{
			Spec: authorizationv1.SubjectAccessReviewSpec{
				User:               "system:serviceaccount:" + deploy.Namespace + ":" + tc.account,
				Groups:             []string{"system:serviceaccounts", "system:serviceaccounts:" + deploy.Namespace, "system:authenticated"},
				ResourceAttributes: &tc.asks,
			},
		}, metav1.CreateOptions{})
		f.must(err)
		if review.Status.Allowed != tc.want {
			f.Errorf("%s: %+v is allowed: %v, want %v", tc.account, tc.asks, review.Status.Allowed, tc.want)
		}
	}
}
