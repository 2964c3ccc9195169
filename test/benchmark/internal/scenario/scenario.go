// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// The size of every scenario.
const (
	NodeCount     = 50
	PodCount      = 600
	WorkloadCount = 30
)

const (
	// burstCount bursts come within ArrivalSpan.
	burstCount = 12
	// ArrivalSpan is the time within which all pods come.
	ArrivalSpan = 10 * time.Minute

	// MeanLoad is what all pods use once they all run, as a share of the
	// capacity of all nodes, on top of what the nodes do besides.
	MeanLoad = 0.5
	// LowestRatio and HighestRatio limit what a pod uses of what it requests.
	LowestRatio, HighestRatio = 0.1, 8.0
	// endingShare of the pods end while the simulation lasts.
	endingShare = 0.15
)

// Kind is what scenarios have in common that differ by their seed alone.
type Kind struct {
	Title string
	// Burst tells that all pods come at once, between two ticks, and not over
	// ArrivalSpan.
	Burst bool
	// Known tells that replicas of the workloads have run for long.
	Known bool
	// Deviation is by how much the replicas of a workload differ: the standard
	// deviation of the logarithm of what they use.
	Deviation float64
	// Slow tells that pods take minutes to start, as with large images.
	Slow bool
}

// Scenario is what happens to a cluster, whoever places the pods.
type Scenario struct {
	Kind
	Nodes     []Node
	Workloads []*Workload
	// Pods are in the order in which they come.
	Pods []*Pod
}

// Node is one with an amount of CPU. All amounts are in cores.
type Node struct {
	Name     string
	Capacity float64
	// Base is what it does besides, and BaseRequest what is requested for that.
	Base, BaseRequest float64
}

// Workload is what the replicas of a Deployment have in common.
type Workload struct {
	Name    string
	Request float64
	// ratio is what a replica uses, by and large, of what it requests.
	ratio float64
	// Earlier is what replicas used that ran before, where there were some.
	Earlier []float64
}

// Pod is a replica of a workload.
type Pod struct {
	Object   *corev1.Pod
	Workload *Workload
	Arrival  time.Duration
	// Delay is the time from the placement to the first use of CPU, which then
	// rises evenly to Demand over Ramp. It ends after Life, if that is not zero.
	Delay, Ramp, Life time.Duration
	Demand            float64
}

// New makes one of a kind. The same seed always gives the same.
func New(kind Kind, seed uint64) *Scenario {
	random := rand.New(rand.NewPCG(seed, 1))
	s := &Scenario{Kind: kind}
	total := 0.0
	for i := range NodeCount {
		capacity := []float64{16, 32}[random.IntN(2)]
		s.Nodes = append(s.Nodes, Node{
			Name: fmt.Sprintf("node-%02d", i), Capacity: capacity,
			Base: capacity * (0.05 + 0.35*random.Float64()), BaseRequest: capacity * (0.05 + 0.35*random.Float64()),
		})
		total += capacity
	}
	s.addWorkloads(random)
	s.addPods(random)
	s.scale(MeanLoad * total)
	for i, p := range s.Pods {
		p.Object = NewObject(p.Workload, i)
	}
	return s
}

// largestPod is what one pod uses at most, before all are scaled.
const largestPod = 8.0

func (s *Scenario) addWorkloads(random *rand.Rand) {
	for i := range WorkloadCount {
		// Most workloads use less than they request, and some a lot more.
		ratio := min(HighestRatio, max(LowestRatio, 0.8*math.Exp(1.1*random.NormFloat64())))
		request := min([]float64{0.25, 0.5, 1, 2}[random.IntN(4)], largestPod/ratio)
		s.Workloads = append(s.Workloads, &Workload{Name: fmt.Sprintf("app-%02d", i), Request: request, ratio: ratio})
	}
}

func (s *Scenario) addPods(random *rand.Rand) {
	bursts := make([]time.Duration, burstCount)
	for i := range bursts {
		bursts[i] = time.Duration(random.IntN(int(ArrivalSpan/Step))) * Step
	}
	for range PodCount {
		w := s.Workloads[random.IntN(len(s.Workloads))]
		p := &Pod{
			Workload: w,
			Arrival:  bursts[random.IntN(burstCount)],
			Delay:    seconds(random, 5, 30), Ramp: seconds(random, 10, 120),
			Demand: w.replica(random, s.Deviation),
		}
		if random.Float64() < endingShare {
			p.Life = seconds(random, 150, 480)
		}
		if s.Burst {
			p.Arrival = Step // after the first tick
		}
		if s.Slow {
			p.Delay = seconds(random, 60, 360)
		}
		s.Pods = append(s.Pods, p)
	}
	slices.SortStableFunc(s.Pods, func(a, b *Pod) int { return int(a.Arrival - b.Arrival) })
	for _, w := range s.Workloads {
		for range 8 {
			w.Earlier = append(w.Earlier, w.replica(random, s.Deviation))
		}
	}
}

// replica is what one replica uses.
func (w *Workload) replica(random *rand.Rand, deviation float64) float64 {
	return w.Request * min(HighestRatio, max(LowestRatio, w.ratio*math.Exp(deviation*random.NormFloat64())))
}

// seconds are a whole number of steps.
func seconds(random *rand.Rand, from, to int) time.Duration {
	return (time.Duration(from+random.IntN(to-from)) * time.Second).Truncate(Step)
}

// scale makes the pods use an amount together, and request accordingly.
func (s *Scenario) scale(amount float64) {
	sum := 0.0
	for _, p := range s.Pods {
		sum += p.Demand
	}
	factor := amount / sum
	for _, p := range s.Pods {
		p.Demand *= factor
	}
	for _, w := range s.Workloads {
		w.Request *= factor
		for i := range w.Earlier {
			w.Earlier[i] *= factor
		}
	}
}

// NewObject is a pod as the API server would have it.
func NewObject(w *Workload, number int) *corev1.Pod {
	const hash = "5d8f"
	name, isController := fmt.Sprintf("%s-%s-%03d", w.Name, hash, number), true
	request := resource.NewMilliQuantity(int64(math.Round(1000*w.Request)), resource.DecimalSI)
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "default", Name: name, UID: types.UID(name),
			Labels:          map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: hash},
			OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: w.Name + "-" + hash, Controller: &isController}},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: *request}},
		}}},
	}
}

// Uses is what the pod uses at an age, if it gets it.
func (p *Pod) Uses(age time.Duration) float64 {
	age -= p.Delay
	switch {
	case age < 0:
		return 0
	case age < p.Ramp:
		return p.Demand * age.Seconds() / p.Ramp.Seconds()
	default:
		return p.Demand
	}
}
