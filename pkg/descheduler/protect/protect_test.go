// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package protect_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// protection is a change to a pod that may be moved, and what is said of it then.
type protection struct {
	change func(*scene)
	want   reason.Code // empty: it may still be moved
	says   string      // part of the message
}

func check(t *testing.T, tests map[string]protection) {
	t.Helper()
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := movable()
			tc.change(s)
			got := s.ask()
			if got.Code != tc.want || !strings.Contains(got.Message, tc.says) {
				t.Errorf("Of() = %s, want %q, saying %q", got, tc.want, tc.says)
			}
		})
	}
}

func TestMovable(t *testing.T) {
	if got := movable().ask(); !got.IsZero() {
		t.Fatalf("Of() = %s, want nothing: every other test starts from this pod", got)
	}
}

func TestPod(t *testing.T) {
	check(t, map[string]protection{
		"terminating": {func(s *scene) { terminate(s.pod, 10*time.Second) }, protect.Terminating, "since 2026-03-01T11:59:50Z"},
		"a mirror of a static pod": {
			func(s *scene) { s.annotate(corev1.MirrorPodAnnotationKey, "0c1d") }, protect.Static, "static pod of the node n1"},
		"owned by its node": {func(s *scene) { s.pod.OwnerReferences = controlledBy("Node", "n1") }, protect.Static, "n1"},
		"owned by its node among others": {
			func(s *scene) {
				s.pod.OwnerReferences = append(s.pod.OwnerReferences, metav1.OwnerReference{APIVersion: "v1", Kind: "Node", Name: "n1"})
			}, protect.Static, "n1"},
		"from a file":     {func(s *scene) { s.annotate("kubernetes.io/config.source", "file") }, protect.Static, "n1"},
		"from the server": {func(s *scene) { s.annotate("kubernetes.io/config.source", "api") }, "", ""},
		"of a DaemonSet": {
			func(s *scene) { s.controller("DaemonSet", "agent") }, protect.DaemonSet, "DaemonSet shop/agent runs a pod on each node"},
		"of a DaemonSet, though that kind may be moved": {
			func(s *scene) { s.controller("DaemonSet", "agent"); s.config.OwnerKinds = []string{"DaemonSet"} }, protect.DaemonSet, "agent"},
		"of something like a DaemonSet": {
			func(s *scene) { s.controller("ExtendedDaemonSetReplicaSet", "agent-1") }, protect.DaemonSet, "ExtendedDaemonSetReplicaSet shop/agent-1"},
		"bare": {func(s *scene) { s.pod.OwnerReferences = nil }, protect.Bare, "no controller"},
		"with owners that do not control it": {
			func(s *scene) { s.pod.OwnerReferences[0].Controller = nil }, protect.Bare, "no controller"},
		"of a StatefulSet": {(*scene).ofStatefulSet, protect.OwnerKind, "StatefulSet shop/web, and only pods of these kinds are moved: ReplicaSet"},
		"of a StatefulSet that may be moved": {
			func(s *scene) { s.ofStatefulSet(); s.config.OwnerKinds = []string{"ReplicaSet", "StatefulSet"} }, "", ""},
		"of a Job":                   {(*scene).ofJob, protect.OwnerKind, "Job shop/web"},
		"of a Job that may be moved": {func(s *scene) { s.ofJob(); s.config.OwnerKinds = []string{"Job"} }, "", ""},
		"of a custom kind":           {func(s *scene) { s.controller("CloneSet", "web") }, protect.OwnerKind, "CloneSet shop/web"},
		"of a custom kind that may be moved, of which nothing is known": {
			func(s *scene) { s.controller("CloneSet", "web"); s.config.OwnerKinds = []string{"CloneSet"} },
			protect.WorkloadUnknown, "how many pods CloneSet shop/web wants"},
		"no kind may be moved": {func(s *scene) { s.config.OwnerKinds = nil }, protect.OwnerKind, "(none)"},
		"of another scheduler": {
			func(s *scene) { s.pod.Spec.SchedulerName = "volcano" }, protect.OtherScheduler, "through the scheduler volcano, and only pods of these are moved: loadline-scheduler"},
		"of no scheduler by name": {func(s *scene) { s.pod.Spec.SchedulerName = "" }, protect.OtherScheduler, "default-scheduler"},
		"of another scheduler that may be moved": {
			func(s *scene) {
				s.pod.Spec.SchedulerName = "default-scheduler"
				s.config.SchedulerNames = []string{"loadline-scheduler", "default-scheduler"}
			}, "", ""},
		"system-critical":          {func(s *scene) { s.pod.Spec.Priority = ptr.To[int32](2000000000) }, protect.Priority, "2000000000, is system-critical"},
		"just not system-critical": {func(s *scene) { s.pod.Spec.Priority = ptr.To[int32](1999999999) }, "", ""},
		"system-critical, whatever the highest": {
			func(s *scene) {
				s.pod.Spec.Priority, s.config.MaxPriority = ptr.To[int32](2000001000), ptr.To[int32](2147483647)
			}, protect.Priority, "system-critical"},
		"above the highest priority": {
			func(s *scene) { s.pod.Spec.Priority, s.config.MaxPriority = ptr.To[int32](101), ptr.To[int32](100) }, protect.Priority, "is 101, and the highest that is moved is 100"},
		"at the highest priority": {
			func(s *scene) { s.pod.Spec.Priority, s.config.MaxPriority = ptr.To[int32](100), ptr.To[int32](100) }, "", ""},
		"without a priority where only lower ones are moved": {
			func(s *scene) { s.pod.Spec.Priority, s.config.MaxPriority = nil, ptr.To[int32](-1) }, protect.Priority, "is 0"},
		"pending": {
			func(s *scene) { s.pod.Status.Phase = corev1.PodPending; s.deployment.Spec.Replicas = ptr.To[int32](3) }, protect.NotRunning, `"Pending"`},
		"ended": {func(s *scene) {
			s.pod.Status.Phase = corev1.PodFailed
			s.siblings = append(s.siblings, webPod("web-4"))
		}, protect.NotRunning, `"Failed"`},
		"young":        {func(s *scene) { startedAgo(s.pod, 5*time.Minute-time.Second) }, protect.TooYoung, "it has run for 4m59s, and is moved after 5m0s"},
		"old enough":   {func(s *scene) { startedAgo(s.pod, 5*time.Minute) }, "", ""},
		"any age does": {func(s *scene) { startedAgo(s.pod, time.Second); s.config.MinAge = nil }, "", ""},
	})
}

func startedAgo(pod *corev1.Pod, d time.Duration) {
	pod.Status.ContainerStatuses[0].State.Running.StartedAt = ago(d)
}

func TestAnnotations(t *testing.T) {
	annotated := func(key, value string, want reason.Code, says string) protection {
		return protection{func(s *scene) { s.annotate(key, value) }, want, says}
	}
	const (
		autoscaler  = "cluster-autoscaler.kubernetes.io/safe-to-evict"
		karpenter   = "karpenter.sh/do-not-disrupt"
		legacy      = "karpenter.sh/do-not-evict"
		descheduler = "descheduler.alpha.kubernetes.io/prefer-no-eviction"
	)
	since := func(ran time.Duration, value string, want reason.Code) protection {
		return protection{func(s *scene) { s.annotate(karpenter, value); s.pod.Status.StartTime = ptr.To(ago(ran)) }, want, ""}
	}
	check(t, map[string]protection{
		"not to disrupt at first":            since(59*time.Minute, "1h", protect.Annotated),
		"not to disrupt at first, over":      since(time.Hour, "1h", ""),
		"not to disrupt for less than none":  since(time.Hour, "-1h", protect.Annotated),
		"not to disrupt, a number":           since(time.Hour, "60", protect.Annotated),
		"not to disrupt, long since":         since(time.Hour, "true", protect.Annotated),
		"not to evict, which takes no times": annotated(legacy, "1s", protect.Annotated, `"1s"`),
		"ours":                               annotated(protect.EvictAnnotation, "never", protect.Annotated, `loadline.dev/evict: "never"`),
		"ours, false":                        annotated(protect.EvictAnnotation, "false", protect.Annotated, `every value of this annotation keeps the pod; write "never"`),
		"ours, true":                         annotated(protect.EvictAnnotation, "true", protect.Annotated, `write "never"`),
		"ours, misspelt":                     annotated(protect.EvictAnnotation, "nevre", protect.Annotated, `"nevre"`),
		"ours, empty":                        annotated(protect.EvictAnnotation, "", protect.Annotated, `""`),
		"not safe to evict":                  annotated(autoscaler, "false", protect.Annotated, `safe-to-evict: "false"`),
		"safe to evict":                      annotated(autoscaler, "true", "", ""),
		"safe to evict, misspelt":            annotated(autoscaler, "flase", protect.Annotated, `"flase"`),
		"not to disrupt":                     annotated(karpenter, "true", protect.Annotated, `do-not-disrupt: "true"`),
		"not to disrupt for a while":         annotated(karpenter, "1h", protect.Annotated, `"1h"`),
		"to disrupt":                         annotated(karpenter, "false", "", ""),
		"not to evict":                       annotated(legacy, "true", protect.Annotated, "do-not-evict"),
		"not to evict, no":                   annotated(legacy, "False", "", ""),
		"prefer no eviction":                 annotated(descheduler, "", protect.Annotated, "prefer-no-eviction"),
		"prefer no eviction, true":           annotated(descheduler, "true", protect.Annotated, "prefer-no-eviction"),
		"prefer no eviction, false":          annotated(descheduler, "false", "", ""),
		"another annotation":                 annotated("loadline.dev/evicted", "never", "", ""),
		"the opposite of another's":          annotated("descheduler.alpha.kubernetes.io/evict", "true", "", ""),
	})
}

// Whatever a pod is, the annotation keeps it, also where its kind may be moved.
func TestEvictNeverOnEachKind(t *testing.T) {
	kinds := map[string]func(*scene){
		"Deployment":  func(*scene) {},
		"ReplicaSet":  func(s *scene) { s.replicaSet.OwnerReferences, s.deployment = nil, nil },
		"StatefulSet": (*scene).ofStatefulSet,
		"Job":         (*scene).ofJob,
		"CloneSet":    func(s *scene) { s.controller("CloneSet", "web") },
	}
	for name, become := range kinds {
		t.Run(name, func(t *testing.T) {
			s := movable()
			become(s)
			s.config.OwnerKinds = []string{"ReplicaSet", "StatefulSet", "Job", "CloneSet"}
			if got := s.ask(); !got.IsZero() && got.Code != protect.WorkloadUnknown {
				t.Fatalf("Of() = %s without the annotation, want nothing", got)
			}
			s.annotate(protect.EvictAnnotation, protect.EvictNever)
			if got := s.ask(); got.Code != protect.Annotated {
				t.Errorf("Of() = %s, want Annotated", got)
			}
		})
	}
	others := map[string]func(*scene){
		"DaemonSet": func(s *scene) { s.controller("DaemonSet", "agent") },
		"bare":      func(s *scene) { s.pod.OwnerReferences = nil },
		"static":    func(s *scene) { s.annotate(corev1.MirrorPodAnnotationKey, "0c1d") },
		"critical":  func(s *scene) { s.pod.Spec.Priority = ptr.To[int32](2000000000) },
	}
	for name, become := range others {
		t.Run(name, func(t *testing.T) {
			s := movable()
			become(s)
			s.annotate(protect.EvictAnnotation, protect.EvictNever)
			if got := s.ask(); got.IsZero() {
				t.Error("Of() is nothing, want a reason")
			}
		})
	}
}

func TestStorage(t *testing.T) {
	ephemeral := corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{VolumeClaimTemplate: &corev1.PersistentVolumeClaimTemplate{}}}
	check(t, map[string]protection{
		"emptyDir": {
			func(s *scene) { s.volume(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}) }, protect.LocalStorage, "emptyDir volume v0"},
		"emptyDir in memory": {
			func(s *scene) {
				s.volume(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory}})
			}, protect.LocalStorage, "v0"},
		"hostPath": {
			func(s *scene) {
				s.volume(corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/var/lib/web"}})
			}, protect.LocalStorage, "/var/lib/web"},
		"an emptyDir that is said to hold nothing": {
			func(s *scene) {
				s.volume(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}})
				s.volume(corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{}})
				s.annotate("cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes", "v1,v0")
			}, "", ""},
		"another emptyDir than that": {
			func(s *scene) {
				s.volume(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}})
				s.volume(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}})
				s.annotate("cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes", "v0")
			}, protect.LocalStorage, "emptyDir volume v1"},
		"an emptyDir of which nothing is said after all": {
			func(s *scene) {
				s.volume(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}})
				s.annotate("cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes", "")
			}, protect.LocalStorage, "emptyDir volume v0"},
		"local storage may be lost": {
			func(s *scene) {
				s.volume(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}})
				s.volume(corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{}})
				s.config.LocalStorage = true
			}, "", ""},
		"volumes that hold nothing of their own": {
			func(s *scene) {
				s.volume(corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{}})
				s.volume(corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{}})
				s.volume(corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{}})
				s.volume(corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{}})
			}, "", ""},
		"a claim": {
			func(s *scene) { s.withClaim("data"); s.claim("data", ptr.To("fast")) }, protect.PersistentVolume, `data is of the class "fast"`},
		"a claim that is not known": {
			func(s *scene) { s.withClaim("data"); s.config.StorageClasses = []string{"fast"} }, protect.PersistentVolume, "data is not known"},
		"a claim of another namespace": {
			func(s *scene) {
				s.withClaim("data")
				s.claim("data", ptr.To("fast")).Namespace = "other"
				s.config.StorageClasses = []string{"fast"}
			}, protect.PersistentVolume, "not known"},
		"a claim that may be moved": {
			func(s *scene) {
				s.withClaim("data")
				s.claim("data", ptr.To("fast"))
				s.config.StorageClasses = []string{"slow", "fast"}
			}, "", ""},
		"a claim that is being deleted": {
			func(s *scene) {
				s.withClaim("data")
				s.claim("data", ptr.To("fast")).DeletionTimestamp = ptr.To(ago(time.Minute))
				s.config.StorageClasses = []string{"fast"}
			}, protect.PersistentVolume, "being deleted"},
		"a claim without a class": {
			func(s *scene) {
				s.withClaim("data")
				s.claim("data", nil)
				s.config.StorageClasses = []string{"fast", ""}
			}, protect.PersistentVolume, `class ""`},
		"a claim with its class in the old annotation": {
			func(s *scene) {
				s.withClaim("data")
				s.claim("data", ptr.To("fast")).Annotations = map[string]string{corev1.BetaStorageClassAnnotation: "slow"}
				s.config.StorageClasses = []string{"fast"}
			}, protect.PersistentVolume, `class "slow"`},
		"the second of two claims": {
			func(s *scene) {
				s.withClaim("data")
				s.withClaim("logs")
				s.claim("data", ptr.To("fast"))
				s.claim("logs", ptr.To("slow"))
				s.config.StorageClasses = []string{"fast"}
			}, protect.PersistentVolume, "logs"},
		"an ephemeral volume": {
			func(s *scene) { s.volume(ephemeral); s.claim("web-1-v0", ptr.To("fast")) }, protect.PersistentVolume, "web-1-v0"},
		"an ephemeral volume that may be moved": {
			func(s *scene) {
				s.volume(ephemeral)
				s.claim("web-1-v0", ptr.To("fast"))
				s.config.StorageClasses = []string{"fast"}
			}, "", ""},
		"an ephemeral volume whose claim is not known": {
			func(s *scene) { s.volume(ephemeral); s.config.StorageClasses = []string{"fast"} }, protect.PersistentVolume, "not known"},
	})
}

func TestWorkload(t *testing.T) {
	want := func(replicas int32) func(*scene) {
		return func(s *scene) {
			s.deployment.Spec.Replicas = &replicas
			s.deployment.Status.Replicas, s.deployment.Status.UpdatedReplicas = replicas, replicas
		}
	}
	check(t, map[string]protection{
		"Deployment not seen":                   {func(s *scene) { s.deployment = nil }, protect.WorkloadUnknown, "Deployment shop/web"},
		"ReplicaSet not seen":                   {func(s *scene) { s.replicaSet = nil }, protect.WorkloadUnknown, "ReplicaSet shop/web-5d9c"},
		"only replica":                          {func(s *scene) { want(1)(s); s.siblings = nil }, protect.OnlyReplica, "Deployment shop/web wants 1 pod,"},
		"only replica, with another on its way": {func(s *scene) { want(1)(s) }, protect.OnlyReplica, "wants 1 pod,"},
		"scaled to nothing":                     {want(0), protect.OnlyReplica, "wants no pod"},
		"two replicas":                          {func(s *scene) { want(2)(s); s.siblings = s.siblings[:1] }, "", ""},
		"below desired": {
			func(s *scene) { s.siblings = s.siblings[:1] }, protect.BelowDesired, "Deployment shop/web wants 3 pods, 2 are ready"},
		"another is not ready": {func(s *scene) { notReady(s.siblings[0]) }, protect.BelowDesired, "wants 3 pods, 2 are ready"},
		"it is not ready itself": {
			func(s *scene) { notReady(s.pod) }, protect.BelowDesired, "2 are ready, and this is one of those that are not"},
		"it is not ready, and others suffice": {
			func(s *scene) { notReady(s.pod); s.siblings = append(s.siblings, webPod("web-4")) }, "", ""},
		"another is going": {
			func(s *scene) { terminate(s.siblings[0], time.Hour) }, protect.BelowDesired, "wants 3 pods, 2 are ready"},
		"rolling out": {
			func(s *scene) { s.deployment.Status.UpdatedReplicas = 1 }, protect.RollingOut, "Deployment shop/web is rolling out: 1 of 3 pods are of its current template"},
		"just changed": {func(s *scene) { s.deployment.Generation++ }, protect.RollingOut, "latest change"},
		"StatefulSet in two revisions": {
			func(s *scene) {
				s.ofStatefulSet()
				s.config.OwnerKinds = []string{"StatefulSet"}
				s.statefulSet.Status.CurrentRevision, s.statefulSet.Status.UpdateRevision = "a", "b"
			}, protect.RollingOut, "StatefulSet shop/web"},
		"just rescaled":    {func(s *scene) { s.scaled(2*time.Minute - time.Second) }, protect.Settling, "Deployment shop/web was scaled 1m59s ago, and is left alone for 2m0s"},
		"rescaled before":  {func(s *scene) { s.scaled(2 * time.Minute) }, "", ""},
		"got a pod":        {func(s *scene) { s.siblings[1].CreationTimestamp = ago(time.Minute) }, protect.Settling, "got the pod web-3 1m0s ago"},
		"got a pod before": {func(s *scene) { s.siblings[1].CreationTimestamp = ago(2 * time.Minute) }, "", ""},
		"lost a pod": {
			func(s *scene) { s.leaver(time.Minute) }, protect.Settling, "lost the pod web-0 1m0s ago"},
		"lost a pod before": {func(s *scene) { s.leaver(2 * time.Minute) }, "", ""},
		"lost a pod that was evicted": {
			func(s *scene) { s.leaver(time.Minute); s.evicted(time.Minute, "web-0", "web-3") }, "", ""},
		"lost a pod that was not evicted after all": {
			func(s *scene) { s.leaver(time.Minute); s.evicted(time.Minute, "web-0", "web-3").Failed = "refused" }, protect.Settling, "lost the pod web-0"},
		"lost a pod that would have been evicted": {
			func(s *scene) { s.leaver(time.Minute); s.evicted(time.Minute, "web-0", "web-3").DryRun = true }, protect.Settling, "lost the pod web-0"},
		"never settles": {func(s *scene) { s.scaled(time.Second); s.config.SettleAfter = v1alpha1.NewDuration(0) }, "", ""},
	})
}

// leaver adds a pod to the workload, beyond those that it wants, that was told to go.
func (s *scene) leaver(asked time.Duration) {
	pod := webPod("web-0")
	terminate(pod, asked)
	s.siblings = append(s.siblings, pod)
}

func TestPast(t *testing.T) {
	unready := func(r *history.Record) *history.Record { r.Successor.Ready = time.Time{}; return r }
	other := func(r *history.Record) { r.Workload.Name = "api" }
	check(t, map[string]protection{
		"successor ready":     {func(s *scene) { s.evicted(10*time.Minute, "web-0", "web-3") }, "", ""},
		"successor not ready": {func(s *scene) { unready(s.evicted(10*time.Minute, "web-0", "web-3")) }, protect.SuccessorNotReady, "has replaced web-0, which was evicted at 2026-03-01T11:50:00Z, by web-3"},
		"no successor yet": {
			func(s *scene) { s.evicted(10*time.Minute, "web-0", "").Successor = history.Successor{} }, protect.SuccessorNotReady, "no successor yet for web-0"},
		"no successor needed": {
			func(s *scene) { s.evicted(10*time.Minute, "web-0", "").Successor = history.Successor{NotNeeded: true} }, "", "",
		},
		"the one before is not ready": {
			func(s *scene) { unready(s.evicted(10*time.Minute, "a", "b")); s.evicted(10*time.Minute, "c", "d") }, protect.SuccessorNotReady, "by b,"},
		"not ready for an hour":   {func(s *scene) { unready(s.evicted(time.Hour, "web-0", "web-3")) }, "", ""},
		"not ready, and not ours": {func(s *scene) { other(unready(s.evicted(10*time.Minute, "web-0", "web-3"))) }, "", ""},
		"not evicted after all":   {func(s *scene) { unready(s.evicted(10*time.Minute, "web-0", "")).Failed = "refused" }, "", ""},
		"would have been evicted": {func(s *scene) { unready(s.evicted(10*time.Minute, "web-0", "")).DryRun = true }, "", ""},
		"successor evicted": {
			func(s *scene) { s.evicted(70*time.Minute, "a", "b"); s.evicted(20*time.Minute, "b", "c") },
			protect.SuspectedLeak, "Deployment shop/web may leak: a was evicted at 2026-03-01T10:50:00Z, and its successor b at 2026-03-01T11:40:00Z; the workload is left alone until 2026-03-01T12:40:00Z"},
		"successor evicted after more than an hour": {
			func(s *scene) { s.evicted(81*time.Minute, "a", "b"); s.evicted(20*time.Minute, "b", "c") }, "", ""},
		"successor evicted an hour ago": {func(s *scene) { s.evicted(80*time.Minute, "a", "b"); s.evicted(time.Hour, "b", "c") }, "", ""},
		"two evicted, neither in place of the other": {
			func(s *scene) { s.evicted(70*time.Minute, "a", "b"); s.evicted(20*time.Minute, "c", "d") }, "", ""},
		"successor evicted, others between": {
			func(s *scene) {
				s.evicted(50*time.Minute, "a", "b")
				s.evicted(40*time.Minute, "x", "y")
				s.evicted(20*time.Minute, "b", "c")
			}, protect.SuspectedLeak, "successor b"},
		"successor of another workload": {
			func(s *scene) { other(s.evicted(50*time.Minute, "a", "b")); other(s.evicted(20*time.Minute, "b", "c")) }, "", ""},
		"successor not evicted after all": {
			func(s *scene) {
				s.evicted(50*time.Minute, "a", "b")
				s.evicted(20*time.Minute, "b", "").Failed = "refused"
			}, "", ""},
		"a dry run is no chain": {
			func(s *scene) { s.evicted(50*time.Minute, "a", "b").DryRun = true; s.evicted(20*time.Minute, "b", "c") }, "", ""},
	})
}

func TestBudgets(t *testing.T) {
	alone := func(s *scene) *policyv1.PodDisruptionBudget { return s.budgets[0] }
	spare := func(s *scene) { notReady(s.pod); s.siblings = append(s.siblings, webPod("web-4")) }
	check(t, map[string]protection{
		"none":                               {func(s *scene) { s.budgets = nil }, "", ""},
		"several":                            {func(s *scene) { s.budget("all", nil, 3) }, protect.SeveralBudgets, "2 PodDisruptionBudgets (web, all)"},
		"several, of which one is of others": {func(s *scene) { s.budget("api", map[string]string{"app": "api"}, 0) }, "", ""},
		"used up": {
			func(s *scene) { alone(s).Status.DisruptionsAllowed, alone(s).Status.DesiredHealthy = 0, 3 },
			protect.NoDisruptionsAllowed, "PodDisruptionBudget web allows no disruption: 3 pods are healthy, and 3 have to be"},
		"negative":         {func(s *scene) { alone(s).Status.DisruptionsAllowed = -1 }, protect.NoDisruptionsAllowed, "web"},
		"just changed":     {func(s *scene) { alone(s).Generation++ }, protect.NoDisruptionsAllowed, "latest change of the PodDisruptionBudget web"},
		"never acted upon": {func(s *scene) { alone(s).Status = policyv1.PodDisruptionBudgetStatus{} }, protect.NoDisruptionsAllowed, "web"},
		"used up, but it is not ready": {
			func(s *scene) {
				spare(s)
				alone(s).Status.DisruptionsAllowed, alone(s).Status.DesiredHealthy, alone(s).Status.CurrentHealthy = 0, 4, 3
			}, protect.NoDisruptionsAllowed, "3 pods are healthy, and 4 have to be"},
		"used up, but it is not ready, which is always allowed": {
			func(s *scene) {
				spare(s)
				alone(s).Status.DisruptionsAllowed, alone(s).Status.DesiredHealthy, alone(s).Status.CurrentHealthy = 0, 4, 3
				alone(s).Spec.UnhealthyPodEvictionPolicy = ptr.To(policyv1.AlwaysAllow)
			}, "", ""},
		"used up, but it is not ready, and enough others are": {
			func(s *scene) {
				spare(s)
				alone(s).Status.DisruptionsAllowed, alone(s).Status.DesiredHealthy = 0, 3
			}, "", ""},
		"used up, but it is not ready, which is allowed while enough are": {
			func(s *scene) {
				spare(s)
				alone(s).Status.DisruptionsAllowed, alone(s).Status.DesiredHealthy, alone(s).Status.CurrentHealthy = 0, 4, 3
				alone(s).Spec.UnhealthyPodEvictionPolicy = ptr.To(policyv1.IfHealthyBudget)
			}, protect.NoDisruptionsAllowed, "3 pods are healthy, and 4 have to be",
		},
		"it is not ready, and nothing is known of the others": {
			func(s *scene) { spare(s); alone(s).Status = policyv1.PodDisruptionBudgetStatus{ObservedGeneration: 1} }, protect.NoDisruptionsAllowed, "web",
		},
		"used up, and always allowed if it were not ready": {
			func(s *scene) {
				alone(s).Status.DisruptionsAllowed = 0
				alone(s).Spec.UnhealthyPodEvictionPolicy = ptr.To(policyv1.AlwaysAllow)
			}, protect.NoDisruptionsAllowed, "web"},
	})
}

// Of two reasons the one that lasts is given.
func TestOrder(t *testing.T) {
	check(t, map[string]protection{
		"young and static": {
			func(s *scene) { startedAgo(s.pod, time.Second); s.annotate(corev1.MirrorPodAnnotationKey, "0c1d") }, protect.Static, ""},
		"annotated and of a StatefulSet": {func(s *scene) { s.annotate(protect.EvictAnnotation, "never"); s.ofStatefulSet() }, protect.OwnerKind, ""},
		"rolling out and below desired":  {func(s *scene) { s.deployment.Generation++; notReady(s.pod) }, protect.RollingOut, ""},
		"young and with several budgets": {func(s *scene) { startedAgo(s.pod, time.Second); s.budget("all", nil, 0) }, protect.SeveralBudgets, ""},
		"only replica and not ready":     {func(s *scene) { s.deployment.Spec.Replicas = nil; s.siblings = nil; notReady(s.pod) }, protect.OnlyReplica, ""},
		"terminating and of a DaemonSet": {func(s *scene) { terminate(s.pod, 0); s.controller("DaemonSet", "agent") }, protect.Terminating, ""},
		"budget used up and just scaled": {func(s *scene) { s.budgets[0].Status.DisruptionsAllowed = 0; s.scaled(0) }, protect.Settling, ""},
		"suspected leak and rolling out": {func(s *scene) {
			s.evicted(50*time.Minute, "a", "b")
			s.evicted(20*time.Minute, "b", "c")
			s.deployment.Generation++
		}, protect.SuspectedLeak, ""},
	})
}
