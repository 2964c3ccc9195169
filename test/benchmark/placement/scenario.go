// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

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

const (
	nodeCount     = 50
	podCount      = 600
	workloadCount = 30

	// burstCount bursts come within arrivalSpan.
	burstCount  = 12
	arrivalSpan = 10 * time.Minute
	// duration is the time that is simulated.
	duration = 30 * time.Minute

	// meanLoad is what all pods use once they all run, as a share of the
	// capacity of all nodes, on top of what the nodes do besides.
	meanLoad = 0.5
	// lowestRatio and highestRatio limit what a pod uses of what it requests.
	lowestRatio, highestRatio = 0.1, 8.0
	// endingShare of the pods end while the simulation lasts.
	endingShare = 0.15
)

// kind is what scenarios have in common that differ by their seed alone.
type kind struct {
	title string
	// burst tells that all pods come at once, between two ticks, and not over
	// arrivalSpan.
	burst bool
	// known tells that replicas of the workloads have run for long.
	known bool
	// deviation is by how much the replicas of a workload differ: the standard
	// deviation of the logarithm of what they use.
	deviation float64
	// slow tells that pods take minutes to start, as with large images.
	slow bool
}

// scenario is what happens to a cluster, whoever places the pods.
type scenario struct {
	kind
	nodes     []node
	workloads []*workload
	// pods are in the order in which they come.
	pods []*pod
}

// node is one with an amount of CPU. All amounts are in cores.
type node struct {
	name     string
	capacity float64
	// base is what it does besides, and baseRequest what is requested for that.
	base, baseRequest float64
}

// workload is what the replicas of a Deployment have in common.
type workload struct {
	name    string
	request float64
	// ratio is what a replica uses, by and large, of what it requests.
	ratio float64
	// earlier is what replicas used that ran before, where there were some.
	earlier []float64
}

// pod is a replica of a workload.
type pod struct {
	object   *corev1.Pod
	workload *workload
	arrival  time.Duration
	// delay is the time from the placement to the first use of CPU, which then
	// rises evenly to demand over ramp. It ends after life, if that is not zero.
	delay, ramp, life time.Duration
	demand            float64
}

// newScenario makes one of a kind. The same seed always gives the same.
func newScenario(kind kind, seed uint64) *scenario {
	random := rand.New(rand.NewPCG(seed, 1))
	s := &scenario{kind: kind}
	total := 0.0
	for i := range nodeCount {
		capacity := []float64{16, 32}[random.IntN(2)]
		s.nodes = append(s.nodes, node{
			name: fmt.Sprintf("node-%02d", i), capacity: capacity,
			base: capacity * (0.05 + 0.35*random.Float64()), baseRequest: capacity * (0.05 + 0.35*random.Float64()),
		})
		total += capacity
	}
	s.addWorkloads(random)
	s.addPods(random)
	s.scale(meanLoad * total)
	for i, p := range s.pods {
		p.object = newObject(p.workload, i)
	}
	return s
}

// largestPod is what one pod uses at most, before all are scaled.
const largestPod = 8.0

func (s *scenario) addWorkloads(random *rand.Rand) {
	for i := range workloadCount {
		// Most workloads use less than they request, and some a lot more.
		ratio := min(highestRatio, max(lowestRatio, 0.8*math.Exp(1.1*random.NormFloat64())))
		request := min([]float64{0.25, 0.5, 1, 2}[random.IntN(4)], largestPod/ratio)
		s.workloads = append(s.workloads, &workload{name: fmt.Sprintf("app-%02d", i), request: request, ratio: ratio})
	}
}

func (s *scenario) addPods(random *rand.Rand) {
	bursts := make([]time.Duration, burstCount)
	for i := range bursts {
		bursts[i] = time.Duration(random.IntN(int(arrivalSpan/step))) * step
	}
	for range podCount {
		w := s.workloads[random.IntN(len(s.workloads))]
		p := &pod{
			workload: w,
			arrival:  bursts[random.IntN(burstCount)],
			delay:    seconds(random, 5, 30), ramp: seconds(random, 10, 120),
			demand: w.replica(random, s.deviation),
		}
		if random.Float64() < endingShare {
			p.life = seconds(random, 150, 480)
		}
		if s.burst {
			p.arrival = step // after the first tick
		}
		if s.slow {
			p.delay = seconds(random, 60, 360)
		}
		s.pods = append(s.pods, p)
	}
	slices.SortStableFunc(s.pods, func(a, b *pod) int { return int(a.arrival - b.arrival) })
	for _, w := range s.workloads {
		for range 8 {
			w.earlier = append(w.earlier, w.replica(random, s.deviation))
		}
	}
}

// replica is what one replica uses.
func (w *workload) replica(random *rand.Rand, deviation float64) float64 {
	return w.request * min(highestRatio, max(lowestRatio, w.ratio*math.Exp(deviation*random.NormFloat64())))
}

// seconds are a whole number of steps.
func seconds(random *rand.Rand, from, to int) time.Duration {
	return (time.Duration(from+random.IntN(to-from)) * time.Second).Truncate(step)
}

// scale makes the pods use an amount together, and request accordingly.
func (s *scenario) scale(amount float64) {
	sum := 0.0
	for _, p := range s.pods {
		sum += p.demand
	}
	factor := amount / sum
	for _, p := range s.pods {
		p.demand *= factor
	}
	for _, w := range s.workloads {
		w.request *= factor
		for i := range w.earlier {
			w.earlier[i] *= factor
		}
	}
}

// newObject is a pod as the API server would have it.
func newObject(w *workload, number int) *corev1.Pod {
	const hash = "5d8f"
	name, isController := fmt.Sprintf("%s-%s-%03d", w.name, hash, number), true
	request := resource.NewMilliQuantity(int64(math.Round(1000*w.request)), resource.DecimalSI)
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "default", Name: name, UID: types.UID(name),
			Labels:          map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: hash},
			OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: w.name + "-" + hash, Controller: &isController}},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: *request}},
		}}},
	}
}

// at is what the pod uses at an age, if it gets it.
func (p *pod) at(age time.Duration) float64 {
	age -= p.delay
	switch {
	case age < 0:
		return 0
	case age < p.ramp:
		return p.demand * age.Seconds() / p.ramp.Seconds()
	default:
		return p.demand
	}
}
