// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// template changes what the pods of a workload are like.
func template(change func(*corev1.PodTemplateSpec)) func(*Workload) {
	return func(w *Workload) { w.Template = change }
}

// Each protection alone keeps the only pod that could go.
func TestScenario13Protections(t *testing.T) {
	t.Parallel()
	volume := func(source corev1.VolumeSource) func(*Workload) {
		return template(func(template *corev1.PodTemplateSpec) {
			template.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: source}}
		})
	}
	kind := func(kind Kind) func(*Workload) { return func(w *Workload) { w.Kind = kind } }
	cases := map[string]struct {
		change func(*Workload)
		// then is done with the scenario once the pod is there.
		then func(*scenario, *Pod)
		want reason.Code
	}{
		"StatefulSet":                  {change: kind(StatefulSet), want: protect.OwnerKind},
		"Job":                          {change: kind(Job), want: protect.OwnerKind},
		"DaemonSet":                    {change: kind(DaemonSet), want: protect.DaemonSet},
		"static pod":                   {change: kind(Static), want: protect.Static},
		"bare pod":                     {change: kind(Bare), want: protect.Bare},
		"only replica":                 {change: func(w *Workload) { w.Replicas = 1 }, want: protect.OnlyReplica},
		"terminating":                  {change: func(w *Workload) { w.Grace = 24 * time.Hour }, then: terminate, want: protect.Terminating},
		"system-cluster-critical":      {change: template(func(t *corev1.PodTemplateSpec) { t.Spec.Priority = ptr.To(int32(2_000_000_000)) }), want: protect.Priority},
		"emptyDir":                     {change: volume(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}), want: protect.LocalStorage},
		"hostPath":                     {change: volume(corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/data"}}), want: protect.LocalStorage},
		"PVC":                          {change: volume(corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}), then: addClaim, want: protect.PersistentVolume},
		"safe-to-evict":                {change: annotated("cluster-autoscaler.kubernetes.io/safe-to-evict", "false"), want: protect.Annotated},
		"do-not-disrupt":               {change: annotated("karpenter.sh/do-not-disrupt", "true"), want: protect.Annotated},
		"prefer-no-eviction":           {change: annotated("descheduler.alpha.kubernetes.io/prefer-no-eviction", "true"), want: protect.Annotated},
		"never":                        {change: annotated("loadline.dev/evict", "never"), want: protect.Annotated},
		"never, of a StatefulSet":      {change: both(kind(StatefulSet), annotated("loadline.dev/evict", "never")), want: protect.OwnerKind},
		"never, of a Job":              {change: both(kind(Job), annotated("loadline.dev/evict", "never")), want: protect.OwnerKind},
		"never, of a ReplicaSet alone": {change: both(kind(ReplicaSet), annotated("loadline.dev/evict", "never")), want: protect.Annotated},
		"never, bare":                  {change: both(kind(Bare), annotated("loadline.dev/evict", "never")), want: protect.Bare},
		"never, of a DaemonSet":        {change: both(kind(DaemonSet), annotated("loadline.dev/evict", "never")), want: protect.DaemonSet},
		"rolling out": {
			change: func(w *Workload) {
				w.Amend = func(d *appsv1.Deployment, _ *appsv1.ReplicaSet) { d.Status.UpdatedReplicas = 1 }
			},
			want: protect.RollingOut,
		},
		"changed, not acted upon": {
			change: func(w *Workload) {
				w.Amend = func(d *appsv1.Deployment, _ *appsv1.ReplicaSet) { d.Generation = 2 }
			},
			want: protect.RollingOut,
		},
		"below its desired replicas": {
			change: func(w *Workload) { w.ReplaceAfter = 24 * time.Hour },
			then:   func(_ *scenario, pod *Pod) { pod.Workload.Replicas = 3 },
			want:   protect.RollingOut,
		},
		"not ready elsewhere": {
			then: func(s *scenario, pod *Pod) {
				other := pod.Workload.pods[1]
				other.setCondition(corev1.PodReady, corev1.ConditionFalse, s.Now())
			},
			want: protect.BelowDesired,
		},
		"just scaled": {
			then: func(s *scenario, pod *Pod) {
				scaler := autoscaler(pod.Workload)
				s.Autoscalers = append(s.Autoscalers, scaler)
				before := s.OnStep
				s.OnStep = func() {
					before()
					now := metav1.NewTime(s.Now()) // on and on
					scaler.Status.LastScaleTime = &now
				}
			},
			want: protect.Settling,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, pod := onePod(t, Settings{}, tc.change)
			if tc.then != nil {
				tc.then(s, pod)
			}
			s.run(time.Hour)
			s.evicted(0)
			s.because("hot", tc.want)
			if s.Calls != 0 {
				t.Errorf("the API server was asked %d times to evict", s.Calls)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		s, _ := onePod(t, Settings{}, nil)
		s.run(time.Hour)
		s.evicted(1)
	})
	t.Run("too young", func(t *testing.T) {
		s, pod := onePod(t, Settings{Config: "protections: {minAge: 30m}"}, nil)
		started := metav1.NewTime(Start.Add(-10 * time.Minute))
		pod.change(func(p *corev1.Pod) { p.Status.ContainerStatuses[0].State.Running.StartedAt = started })
		s.run(19 * time.Minute)
		s.evicted(0)
		s.because("hot", protect.TooYoung)
		s.run(5 * time.Minute)
		s.evicted(1)
	})
	t.Run("the last time it was scaled is over", func(t *testing.T) {
		s, pod := onePod(t, Settings{}, nil)
		scaler, at := autoscaler(pod.Workload), metav1.NewTime(Start.Add(7*time.Minute))
		scaler.Status.LastScaleTime = &at
		s.Autoscalers = append(s.Autoscalers, scaler)
		s.run(8*time.Minute + 45*time.Second)
		s.evicted(0)
		s.run(2 * time.Minute)
		s.evicted(1)
	})
	t.Run("a successor that crash-loops", func(t *testing.T) {
		s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "85%", culprits)}})
		s.node("hot", 60)
		s.nodes(4, "cool", 10)
		w := &Workload{Name: "crashing", Load: Cores(12), Request: Amounts{cpu: 1}, NeverReady: true, Replicas: 4}
		s.AddWorkload(w, "hot", "hot", depot, depot)
		s.pod("hot", 11, annotated("loadline.dev/evict", "never"))
		s.run(20 * time.Minute)
		s.evicted(1)
		s.Node("hot").Base[cpu] += 15
		s.run(3 * time.Hour)
		s.evicted(1)
		s.because("hot", protect.BelowDesired)
	})
}

// terminate has a pod go, without which the node is over its line all the same.
func terminate(s *scenario, pod *Pod) {
	s.Node("hot").Base[cpu] = 92
	pod.terminate(s.Now())
}

func both(a, b func(*Workload)) func(*Workload) { return func(w *Workload) { a(w); b(w) } }

func addClaim(s *scenario, _ *Pod) {
	class := "disk"
	s.Claims = append(s.Claims, &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "data"},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: &class, VolumeName: "volume",
			Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
		Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound},
	})
}

func autoscaler(w *Workload) *autoscalingv2.HorizontalPodAutoscaler {
	return &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: w.Name},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: w.Name}, MaxReplicas: 10,
		},
	}
}

// onePod is a node at 95% with one pod, and others with room.
func onePod(t *testing.T, settings Settings, change func(*Workload)) (*scenario, *Pod) {
	t.Helper()
	settings.Rules = []string{cpuRule("90%", "85%", culprits)}
	s := newScenario(t, settings)
	s.node("hot", 80)
	s.nodes(3, "cool", 30)
	var changes []func(*Workload)
	if change != nil {
		changes = append(changes, change)
	}
	return s, s.pod("hot", 15, changes...)
}

func TestScenario14OtherScheduler(t *testing.T) {
	t.Parallel()
	other := template(func(template *corev1.PodTemplateSpec) { template.Spec.SchedulerName = corev1.DefaultSchedulerName })
	t.Run("by default", func(t *testing.T) {
		s, _ := onePod(t, Settings{}, other)
		s.run(2 * time.Hour)
		s.evicted(0)
		s.because("hot", protect.OtherScheduler)
	})
	t.Run("if configured", func(t *testing.T) {
		s, _ := onePod(t, Settings{Config: "protections: {schedulerNames: [loadline-scheduler, default-scheduler]}"}, other)
		s.run(2 * time.Hour)
		s.evicted(1)
	})
	t.Run("another pod goes in its place", func(t *testing.T) {
		s, pod := onePod(t, Settings{}, other)
		s.Node("hot").Base[cpu] -= 12
		own := s.pod("hot", 12)
		s.run(2 * time.Hour)
		s.evicted(1)
		if len(s.Evictions) > 0 && s.Evictions[0].Pod != own {
			t.Errorf("got %s evicted, not %s: %s is of another scheduler", s.Evictions[0].Pod.Name, own.Name, pod.Name)
		}
	})
}

// What dry run prints is what the real run carries out on the same state.
func TestScenario15DryRun(t *testing.T) {
	t.Parallel()
	for name, evict := range map[string]string{"culprits": culprits, "fewest": fewest} {
		t.Run(name, func(t *testing.T) {
			first := func(dryRun bool) (*scenario, []history.Record) {
				s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "60%", evict)}})
				s.Config.DryRun = &dryRun
				s.node("hot", 15)
				s.node("warm", 20)
				s.nodes(10, "cool", 18)
				s.pods(8, "hot", 10)
				for i := range 7 {
					s.pod("warm", 9+float64(i))
				}
				for len(s.Report.Evicted) == 0 && s.Now().Sub(Start) < time.Hour {
					s.run(15 * time.Second)
				}
				return s, slices.Clone(s.Report.Evicted)
			}
			dry, printed := first(true)
			real, carriedOut := first(false)
			if len(carriedOut) < 3 || len(real.Evictions) != len(carriedOut) {
				t.Fatalf("%d evictions were planned and %d carried out\n%s", len(carriedOut), len(real.Evictions), real.explain())
			}
			for i := range printed {
				if !printed[i].DryRun {
					t.Errorf("the record of %s does not say that it is a dry run", printed[i].Pod.Name)
				}
				printed[i].DryRun = false
			}
			for i := range carriedOut {
				if want := carriedOut[i].Pod.UID; real.Evictions[i].Pod.UID != want {
					t.Errorf("got %s evicted, want %s", real.Evictions[i].Pod.Name, want)
				}
				carriedOut[i].Evicted = time.Time{}
			}
			if diff := cmp.Diff(carriedOut, printed); diff != "" {
				t.Errorf("what dry run prints differs from what is carried out (-want +got):\n%s", diff)
			}
			dry.run(3 * time.Hour)
			dry.evicted(0)
			if dry.Calls != 0 {
				t.Errorf("dry run has asked the API server %d times to evict", dry.Calls)
			}
		})
	}
}

func TestScenario12OtherRulesAndConstraints(t *testing.T) {
	// The other node is too hot by a metric that has nothing to do with CPU.
	t.Run("another rule of the pod", func(t *testing.T) {
		temperature := `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: heat}
spec:
  metrics: [{name: temperature, query: max by (node) (node_hwmon_temp_celsius)}]
  rules: [{name: too-hot, when: [{metric: temperature, above: "80", clear: "70"}], %s}]
`
		for name, effect := range map[string]string{"that rejects": "reject: {}", "that evicts": "evict: {for: 12h}"} {
			for fitter, fit := range fitters(t) {
				t.Run(name+"/"+fitter, func(t *testing.T) {
					s := newScenario(t, Settings{Fit: fit, Rules: []string{cpuRule("90%", "85%", culprits), fmt.Sprintf(temperature, effect)}})
					for _, name := range []string{"hot", "other"} {
						s.node(name, 15).Values = map[string]float64{"temperature": 50}
					}
					s.Node(depot).Values = map[string]float64{"temperature": 50}
					s.Node("other").Values["temperature"] = 85
					s.pods(8, "hot", 10)
					s.run(3 * time.Hour)
					s.evicted(0)
					s.Node("other").Values["temperature"] = 60
					s.run(time.Hour)
					s.evicted(1)
				})
			}
		}
	})
	upstream := fitters(t)["upstream"]
	for name, tc := range map[string]struct {
		when corev1.UnsatisfiableConstraintAction
		want int
	}{"topology spread": {corev1.DoNotSchedule, 0}, "soft topology spread": {corev1.ScheduleAnyway, 1}} {
		t.Run(name, func(t *testing.T) {
			s := newScenario(t, Settings{Fit: upstream, Rules: []string{cpuRule("90%", "85%", culprits)}})
			s.node("hot", 80).Zone = "a"
			s.node("other", 10).Zone = "b"
			s.Node(depot).Zone = "b"
			// One of its pods is in each zone, and there may be no more difference than
			// that: with another in zone b, zone a would have none.
			s.pod("hot", 15, template(func(template *corev1.PodTemplateSpec) {
				template.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
					MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: tc.when,
					LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": template.Labels["app"]}},
				}}
			}))
			s.run(2 * time.Hour)
			s.evicted(tc.want)
			if tc.want == 0 {
				s.because("hot", noDestination)
			}
		})
	}
	for name, tc := range map[string]struct {
		sibling string
		want    int
	}{"anti-affinity": {"other", 0}, "anti-affinity, with its sibling elsewhere": {depot, 1}} {
		t.Run(name, func(t *testing.T) {
			s := newScenario(t, Settings{Fit: upstream, Rules: []string{cpuRule("90%", "85%", culprits)}})
			s.node("hot", 80)
			s.node("other", 10)
			s.AddWorkload(&Workload{Name: "apart", Load: Cores(15), Request: Amounts{cpu: 1}, Template: func(template *corev1.PodTemplateSpec) {
				template.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{
					RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
						TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": template.Labels["app"]}},
					}},
				}}
			}}, "hot", tc.sibling)
			s.run(2 * time.Hour)
			s.evicted(tc.want)
			if tc.want == 0 {
				s.because("hot", noDestination)
			}
		})
	}
}
