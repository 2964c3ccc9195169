// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/projection"
)

// facts are what a test says of a workload.
type facts struct {
	Name           string // as people name it
	OwnerKind      string
	Desired, Ready int32
	Pods           int
	Image          string // of the template; empty if there is none
}

func factsOf(w *cluster.Workload) facts {
	got := facts{Name: w.String(), OwnerKind: w.OwnerKind, Desired: w.Desired, Ready: w.Ready, Pods: len(w.Pods)}
	if w.Template != nil {
		got.Image = w.Template.Spec.Containers[0].Image
	}
	return got
}

func TestWorkloadOf(t *testing.T) {
	web := []*appsv1.ReplicaSet{replicaSet("web-11", 3, setOfDeployment("web")), replicaSet("web-00", 0, setOfDeployment("web"))}
	tests := map[string]struct {
		objects cluster.Objects // the workload asked for is that of the first pod
		want    facts
	}{
		"a Deployment": {
			cluster.Objects{Deployments: []*appsv1.Deployment{deployment("web", 3)}, ReplicaSets: web, Pods: pods(3, "web", ofReplicaSet("web", "11"))},
			facts{"Deployment shop/web", "ReplicaSet", 3, 3, 3, "web"},
		},
		"its status lags behind the pods": {
			cluster.Objects{
				Deployments: []*appsv1.Deployment{deployment("web", 3)}, ReplicaSets: web,
				Pods: []*corev1.Pod{
					pod("a", ofReplicaSet("web", "11")), pod("b", ofReplicaSet("web", "11"), unready), pod("c", ofReplicaSet("web", "11"), terminating),
					pod("d", ofReplicaSet("web", "11"), phase(corev1.PodFailed)),
				},
			},
			facts{"Deployment shop/web", "ReplicaSet", 3, 1, 3, "web"},
		},
		"a Deployment that does not say how many": {
			cluster.Objects{
				Deployments: []*appsv1.Deployment{deployment("web", 3, func(d *appsv1.Deployment) { d.Spec.Replicas = nil })},
				ReplicaSets: web, Pods: pods(1, "web", ofReplicaSet("web", "11")),
			},
			facts{"Deployment shop/web", "ReplicaSet", 1, 1, 1, "web"},
		},
		"a Deployment that has not been seen": {
			cluster.Objects{ReplicaSets: web, Pods: pods(3, "web", ofReplicaSet("web", "11"))},
			facts{"Deployment shop/web", "ReplicaSet", cluster.Unknown, 3, 3, ""},
		},
		"a ReplicaSet that has not been seen": {
			cluster.Objects{Deployments: []*appsv1.Deployment{deployment("web", 3)}, Pods: pods(3, "web", ofReplicaSet("web", "11"))},
			facts{"ReplicaSet shop/web-11", "ReplicaSet", cluster.Unknown, 3, 3, ""},
		},
		"a ReplicaSet alone": {
			cluster.Objects{ReplicaSets: []*appsv1.ReplicaSet{replicaSet("web", 4)}, Pods: pods(4, "web", of("apps/v1", "ReplicaSet", "web"))},
			facts{"ReplicaSet shop/web", "ReplicaSet", 4, 4, 4, "web"},
		},
		"a ReplicaSet alone, with a Deployment of its name": {
			cluster.Objects{
				Deployments: []*appsv1.Deployment{deployment("deployed", 3, func(d *appsv1.Deployment) { d.Name = "web" })},
				ReplicaSets: []*appsv1.ReplicaSet{replicaSet("web", 4), replicaSet("web-11", 3, setOfDeployment("deployed"))},
				Pods:        append(pods(4, "set", of("apps/v1", "ReplicaSet", "web")), pods(3, "web", ofReplicaSet("web", "11"))...),
			},
			facts{"ReplicaSet shop/web", "ReplicaSet", 4, 4, 4, "web"},
		},
		"ReplicaSets of another owner": {
			cluster.Objects{
				ReplicaSets: []*appsv1.ReplicaSet{
					replicaSet("web-11", 4, setOf("argoproj.io/v1alpha1", "Rollout", "web")),
					replicaSet("web-22", 1, setOf("argoproj.io/v1alpha1", "Rollout", "web")),
					replicaSet("web-00", 0, setOf("argoproj.io/v1alpha1", "Rollout", "web")),
				},
				Pods: append(pods(4, "web", of("apps/v1", "ReplicaSet", "web-11")), pod("canary", of("apps/v1", "ReplicaSet", "web-22"))),
			},
			facts{"Rollout shop/web", "ReplicaSet", 5, 5, 5, "web-11"},
		},
		"a StatefulSet": {
			cluster.Objects{StatefulSets: []*appsv1.StatefulSet{statefulSet("db", 3)}, Pods: pods(2, "db", of("apps/v1", "StatefulSet", "db"))},
			facts{"StatefulSet shop/db", "StatefulSet", 3, 2, 2, "db"},
		},
		"a StatefulSet of another API": {
			cluster.Objects{
				StatefulSets: []*appsv1.StatefulSet{statefulSet("db", 3, func(s *appsv1.StatefulSet) { s.UID = "another" })},
				Pods:         pods(2, "db", of("apps.kruise.io/v1beta1", "StatefulSet", "db")),
			},
			facts{"StatefulSet shop/db", "StatefulSet", cluster.Unknown, 2, 2, ""},
		},
		"a Job that runs one pod": {
			cluster.Objects{Jobs: []*batchv1.Job{job("sum")}, Pods: pods(1, "sum", of("batch/v1", "Job", "sum"))},
			facts{"Job shop/sum", "Job", 1, 1, 1, "sum"},
		},
		"a Job with many to complete": {
			cluster.Objects{
				Jobs: []*batchv1.Job{job("sum", func(j *batchv1.Job) { j.Spec.Parallelism, j.Spec.Completions = ptr.To[int32](5), ptr.To[int32](20) })},
				Pods: pods(5, "sum", of("batch/v1", "Job", "sum")),
			},
			facts{"Job shop/sum", "Job", 5, 5, 5, "sum"},
		},
		"a Job with few left to complete": {
			cluster.Objects{
				Jobs: []*batchv1.Job{job("sum", func(j *batchv1.Job) {
					j.Spec.Parallelism, j.Spec.Completions, j.Status.Succeeded = ptr.To[int32](5), ptr.To[int32](20), 18
				})},
				Pods: pods(2, "sum", of("batch/v1", "Job", "sum")),
			},
			facts{"Job shop/sum", "Job", 2, 2, 2, "sum"},
		},
		"a Job that has completed more than it has to": {
			cluster.Objects{
				Jobs: []*batchv1.Job{job("sum", func(j *batchv1.Job) { j.Spec.Completions, j.Status.Succeeded = ptr.To[int32](3), 4 })},
				Pods: pods(1, "sum", of("batch/v1", "Job", "sum")),
			},
			facts{"Job shop/sum", "Job", 0, 1, 1, "sum"},
		},
		"a Job whose queue is empty": {
			cluster.Objects{
				Jobs: []*batchv1.Job{job("sum", func(j *batchv1.Job) { j.Spec.Parallelism, j.Status.Succeeded = ptr.To[int32](5), 1 })},
				Pods: pods(4, "sum", of("batch/v1", "Job", "sum")),
			},
			facts{"Job shop/sum", "Job", 0, 4, 4, "sum"},
		},
		"a Job that is suspended": {
			cluster.Objects{
				Jobs: []*batchv1.Job{job("sum", func(j *batchv1.Job) { j.Spec.Parallelism, j.Spec.Suspend = ptr.To[int32](5), ptr.To(true) })},
				Pods: pods(5, "sum", of("batch/v1", "Job", "sum")),
			},
			facts{"Job shop/sum", "Job", 0, 5, 5, "sum"},
		},
		"a ReplicationController": {
			cluster.Objects{Pods: pods(2, "old", of("v1", "ReplicationController", "old"))},
			facts{"ReplicationController shop/old", "ReplicationController", cluster.Unknown, 2, 2, ""},
		},
		"of several owners the controller": {
			cluster.Objects{
				StatefulSets: []*appsv1.StatefulSet{statefulSet("db", 2)},
				Pods: pods(2, "db", func(p *corev1.Pod) {
					p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "web", UID: "uid-web"}}
				}, of("apps/v1", "StatefulSet", "db")),
			},
			facts{"StatefulSet shop/db", "StatefulSet", 2, 2, 2, "db"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := cluster.New(tc.objects)
			got := c.WorkloadOf(tc.objects.Pods[0])
			if diff := cmp.Diff(tc.want, factsOf(got)); diff != "" {
				t.Errorf("WorkloadOf() (-want +got):\n%s", diff)
			}
			if want, _ := projection.WorkloadOf(tc.objects.Pods[0]); got.Workload != want {
				t.Errorf("WorkloadOf().Workload = %v, want %v, by which records know it", got.Workload, want)
			}
			if again := c.WorkloadOf(tc.objects.Pods[0]); again != got {
				t.Error("WorkloadOf() is found anew each time")
			}
		})
	}
}

func TestWorkloadOfPodWithoutController(t *testing.T) {
	bare := pod("bare", func(p *corev1.Pod) {
		p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web", UID: "uid-web"}}
	})
	c := cluster.New(cluster.Objects{Pods: []*corev1.Pod{bare}, ReplicaSets: []*appsv1.ReplicaSet{replicaSet("web", 1)}})
	if got := c.WorkloadOf(bare); got != nil {
		t.Errorf("WorkloadOf() = %v, want nil", got)
	}
}

func TestYoungestAndLeaving(t *testing.T) {
	all := []*corev1.Pod{
		pod("a", ofReplicaSet("web", "11")), pod("b", ofReplicaSet("web", "11"), created(start.Add(time.Hour))),
		pod("c", ofReplicaSet("web", "11"), terminating),
	}
	got := cluster.New(cluster.Objects{Pods: all}).WorkloadOf(all[0])
	if got.Youngest != all[1] || !slices.Equal(got.Leaving, all[2:]) {
		t.Errorf("youngest %s, leaving %v; want b and [c]", got.Youngest.Name, names(got.Leaving))
	}
}

func TestRollout(t *testing.T) {
	oldAndNew := append(pods(2, "new", ofReplicaSet("web", "22")), pod("old", ofReplicaSet("web", "11")))
	web := func(status func(*appsv1.Deployment), pods []*corev1.Pod) cluster.Objects {
		return cluster.Objects{
			Deployments: []*appsv1.Deployment{deployment("web", 3, status)},
			ReplicaSets: []*appsv1.ReplicaSet{replicaSet("web-11", 1, setOfDeployment("web")), replicaSet("web-22", 2, setOfDeployment("web"))},
			Pods:        pods,
		}
	}
	db := func(status func(*appsv1.StatefulSet), with ...func(*corev1.Pod)) cluster.Objects {
		return cluster.Objects{
			StatefulSets: []*appsv1.StatefulSet{statefulSet("db", 3, status)},
			Pods:         pods(3, "db", append(with, of("apps/v1", "StatefulSet", "db"))...),
		}
	}
	set := func(with ...func(*appsv1.ReplicaSet)) cluster.Objects {
		return cluster.Objects{
			ReplicaSets: []*appsv1.ReplicaSet{replicaSet("web", 3, with...)},
			Pods:        pods(3, "web", of("apps/v1", "ReplicaSet", "web")),
		}
	}
	settled := pods(3, "new", ofReplicaSet("web", "22"))
	deletedNow := metav1.NewTime(start)
	tests := map[string]struct {
		objects cluster.Objects
		want    string // part of what is said; empty: no rollout
	}{
		"Deployment at rest":            {web(func(*appsv1.Deployment) {}, settled), ""},
		"Deployment at rest and paused": {web(func(d *appsv1.Deployment) { d.Spec.Paused = true }, settled), ""},
		"Deployment paused with another template": {
			web(func(d *appsv1.Deployment) { d.Spec.Paused, d.Status.UpdatedReplicas = true, 0 }, settled), "0 of 3 pods are of its current template"},
		"Deployment just changed":  {web(func(d *appsv1.Deployment) { d.Generation++ }, settled), "latest change"},
		"Deployment with old pods": {web(func(d *appsv1.Deployment) { d.Status.UpdatedReplicas = 2 }, settled), "2 of 3 pods"},
		"Deployment with a pod too many, an old one": {
			web(func(d *appsv1.Deployment) { d.Status.Replicas = 4 }, settled), "3 of 4 pods"},
		"Deployment whose status does not tell of old pods": {web(func(*appsv1.Deployment) {}, oldAndNew), "web-11 and web-22"},
		"Deployment whose old pods are going": {
			web(func(*appsv1.Deployment) {}, append(slices.Clone(settled), pod("old", ofReplicaSet("web", "11"), terminating))), ""},
		"Deployment with pods that have just got ready": {
			web(func(d *appsv1.Deployment) { d.Status.AvailableReplicas = 2 }, settled), "minReadySeconds"},
		"Deployment being deleted": {web(func(d *appsv1.Deployment) { d.DeletionTimestamp = &deletedNow }, settled), "being deleted"},
		"StatefulSet at rest":      {db(func(*appsv1.StatefulSet) {}, labelled(appsv1.ControllerRevisionHashLabelKey, "db-r1")), ""},
		"StatefulSet just changed": {db(func(s *appsv1.StatefulSet) { s.Generation = 1 }), "latest change"},
		"StatefulSet going over":   {db(func(s *appsv1.StatefulSet) { s.Status.UpdateRevision = "db-r2" }), "from the revision db-r1 to db-r2"},
		"StatefulSet with a partition": {
			db(func(s *appsv1.StatefulSet) {
				s.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{Partition: ptr.To[int32](2)}
				s.Status.UpdateRevision, s.Status.UpdatedReplicas = "db-r2", 1
			}), "from the revision db-r1 to db-r2"},
		"StatefulSet rolled back with a pod in between": {
			db(func(*appsv1.StatefulSet) {}, labelled(appsv1.ControllerRevisionHashLabelKey, "db-r2")), "db-1 is of the revision db-r2"},
		"StatefulSet rolled back whose pods in between are going": {
			db(func(*appsv1.StatefulSet) {}, labelled(appsv1.ControllerRevisionHashLabelKey, "db-r2"), terminating), "",
		},
		"StatefulSet with pods that have just got ready": {db(func(s *appsv1.StatefulSet) { s.Status.AvailableReplicas = 1 }), "2 of its pods"},
		"ReplicaSet at rest":                             {set(), ""},
		"ReplicaSet just changed":                        {set(func(s *appsv1.ReplicaSet) { s.Generation = 1 }), "latest change"},
		"ReplicaSet being deleted":                       {set(func(s *appsv1.ReplicaSet) { s.DeletionTimestamp = &deletedNow }), "being deleted"},
		"Rollout at rest": {
			set(setOf("argoproj.io/v1alpha1", "Rollout", "web-rollout")), ""},
		"Rollout with a ReplicaSet that has just changed": {
			cluster.Objects{
				ReplicaSets: []*appsv1.ReplicaSet{
					replicaSet("web-11", 3, setOf("argoproj.io/v1alpha1", "Rollout", "web"), func(s *appsv1.ReplicaSet) { s.Generation = 1 }),
					replicaSet("web-22", 0, setOf("argoproj.io/v1alpha1", "Rollout", "web")),
				},
				Pods: pods(3, "web", of("apps/v1", "ReplicaSet", "web-11")),
			}, "latest change",
		},
		"Rollout with a canary": {
			cluster.Objects{
				ReplicaSets: []*appsv1.ReplicaSet{
					replicaSet("web-11", 2, setOf("argoproj.io/v1alpha1", "Rollout", "web")), replicaSet("web-22", 1, setOf("argoproj.io/v1alpha1", "Rollout", "web")),
				},
				Pods: append(pods(2, "web", of("apps/v1", "ReplicaSet", "web-11")), pod("canary", of("apps/v1", "ReplicaSet", "web-22"))),
			}, "web-11 and web-22"},
		"Job": {cluster.Objects{Jobs: []*batchv1.Job{job("sum")}, Pods: pods(1, "sum", of("batch/v1", "Job", "sum"))}, ""},
		"Job being deleted": {
			cluster.Objects{
				Jobs: []*batchv1.Job{job("sum", func(j *batchv1.Job) { j.DeletionTimestamp = &deletedNow })},
				Pods: pods(1, "sum", of("batch/v1", "Job", "sum")),
			}, "being deleted"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := cluster.New(tc.objects).WorkloadOf(tc.objects.Pods[0])
			if got.RollingOut != (tc.want != "") || !strings.Contains(got.Rollout, tc.want) {
				t.Errorf("rolling out: %t, %q; want %q", got.RollingOut, got.Rollout, tc.want)
			}
		})
	}
}

func TestRescaled(t *testing.T) {
	scaler := func(name, kind, target string, scaled ...time.Time) *autoscalingv2.HorizontalPodAutoscaler {
		a := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: meta(name)}
		a.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{APIVersion: "extensions/v1beta1", Kind: kind, Name: target}
		for _, at := range scaled {
			a.Status.LastScaleTime = ptr.To(metav1.NewTime(at))
		}
		return a
	}
	elsewhere := scaler("elsewhere", "Deployment", "web", start.Add(time.Hour))
	elsewhere.Namespace = "other"
	tests := map[string]struct {
		scalers []*autoscalingv2.HorizontalPodAutoscaler
		want    time.Time
	}{
		"none":                 {nil, time.Time{}},
		"never":                {[]*autoscalingv2.HorizontalPodAutoscaler{scaler("a", "Deployment", "web")}, time.Time{}},
		"once":                 {[]*autoscalingv2.HorizontalPodAutoscaler{scaler("a", "Deployment", "web", start)}, start},
		"by the later of two":  {[]*autoscalingv2.HorizontalPodAutoscaler{scaler("a", "Deployment", "web", start.Add(time.Minute)), scaler("b", "Deployment", "web", start)}, start.Add(time.Minute)},
		"another workload":     {[]*autoscalingv2.HorizontalPodAutoscaler{scaler("a", "Deployment", "api", start)}, time.Time{}},
		"another kind":         {[]*autoscalingv2.HorizontalPodAutoscaler{scaler("a", "StatefulSet", "web", start)}, time.Time{}},
		"in another namespace": {[]*autoscalingv2.HorizontalPodAutoscaler{elsewhere}, time.Time{}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			all := pods(3, "web", ofReplicaSet("web", "11"))
			c := cluster.New(cluster.Objects{
				Deployments: []*appsv1.Deployment{deployment("web", 3)}, ReplicaSets: []*appsv1.ReplicaSet{replicaSet("web-11", 3, setOfDeployment("web"))},
				Pods: all, Autoscalers: tc.scalers,
			})
			if got := c.WorkloadOf(all[0]).Rescaled; !got.Equal(tc.want) {
				t.Errorf("Rescaled = %v, want %v", got, tc.want)
			}
		})
	}
}

func TestGone(t *testing.T) {
	hashed := map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: "5d4f"}
	deleting := metav1.Now()
	c := cluster.New(cluster.Objects{
		ReplicaSets: []*appsv1.ReplicaSet{
			{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-5d4f", Labels: hashed}},
			{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "plain"}},
			{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "old-5d4f", Labels: hashed, DeletionTimestamp: &deleting}},
		},
		StatefulSets: []*appsv1.StatefulSet{{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "db"}}},
		Jobs:         []*batchv1.Job{{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "import"}}},
	})
	cases := map[string]struct {
		namespace, kind, name string
		want                  bool
	}{
		"of a Deployment":             {namespace: "shop", kind: "ReplicaSet", name: "web"},
		"of a ReplicaSet":             {namespace: "shop", kind: "ReplicaSet", name: "plain"},
		"of a StatefulSet":            {namespace: "shop", kind: "StatefulSet", name: "db"},
		"of a Job":                    {namespace: "shop", kind: "Job", name: "import"},
		"of a kind that is not known": {namespace: "shop", kind: "CloneSet", name: "web"},
		"of nobody":                   {namespace: "shop", kind: "ReplicaSet", name: "api", want: true},
		"of another namespace":        {namespace: "bank", kind: "ReplicaSet", name: "web", want: true},
		"of another kind":             {namespace: "shop", kind: "StatefulSet", name: "web", want: true},
		"of one that is deleted":      {namespace: "shop", kind: "ReplicaSet", name: "old", want: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := c.Gone(projection.Workload{Namespace: tc.namespace, Kind: tc.kind, Name: tc.name}); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}
