// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/metrics"
	st "k8s.io/kubernetes/pkg/scheduler/testing"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
)

// seen is what the scheduler sees of a node.
type seen struct {
	Node      *corev1.Node
	Pods      map[string]*corev1.Pod
	Cores     int64
	Ports     int
	Affine    []string
	Averse    []string
	Claims    map[string]int
	Images    []string
	InLists   [2]bool
	ClaimUsed bool
}

// reflection is what the scheduler sees.
func reflection(t *testing.T, snapshot *cache.Snapshot) map[string]seen {
	t.Helper()
	list := func(nodes []fwk.NodeInfo, err error) []fwk.NodeInfo {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return nodes
	}
	names := func(infos []fwk.PodInfo) []string {
		var names []string
		for _, info := range infos {
			names = append(names, info.GetPod().Name)
		}
		slices.Sort(names)
		return names
	}
	affine := list(snapshot.NodeInfos().HavePodsWithAffinityList())
	averse := list(snapshot.NodeInfos().HavePodsWithRequiredAntiAffinityList())
	all := map[string]seen{}
	for _, info := range list(snapshot.NodeInfos().List()) {
		this := seen{
			Node: info.Node(), Pods: map[string]*corev1.Pod{}, Cores: info.GetRequested().GetMilliCPU(),
			Ports: info.GetUsedPorts().Len(), Claims: info.GetPVCRefCounts(),
			Affine: names(info.GetPodsWithAffinity()), Averse: names(info.GetPodsWithRequiredAntiAffinity()),
			InLists:   [2]bool{slices.Contains(affine, info), slices.Contains(averse, info)},
			ClaimUsed: snapshot.StorageInfos().IsPVCUsedByPods("default/claim-0"),
		}
		for _, pod := range info.GetPods() {
			this.Pods[string(pod.GetPod().UID)] = pod.GetPod()
		}
		// On how many nodes an image is, upstream only looks at when a node changes.
		this.Images = slices.Sorted(maps.Keys(info.GetImageStates()))
		all[info.Node().Name] = this
	}
	return all
}

// The cache that follows a cluster through any changes is the one that is made of
// the last.
func TestFollow(t *testing.T) {
	metrics.Register()
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			changing := &changingCluster{random: rand.New(rand.NewPCG(seed, 1))}
			following, followed := newMirror(newCache(t)), cache.NewEmptySnapshot()
			for step := range 60 {
				for range 1 + changing.random.IntN(8) {
					changing.change()
				}
				observed := cluster.New(changing.objects())
				changing.suppose(t, following)
				reflect(t, following, observed, followed)

				fresh, scratch := newMirror(newCache(t)), cache.NewEmptySnapshot()
				reflect(t, fresh, observed, scratch)
				if diff := cmp.Diff(reflection(t, scratch), reflection(t, followed)); diff != "" {
					t.Fatalf("step %d (-from scratch +followed):\n%s", step, diff)
				}
			}
		})
	}
}

func newCache(t *testing.T) cache.Cache { return cache.New(t.Context(), nil, false, false) }

func reflect(t *testing.T, m *mirror, observed *cluster.Cluster, snapshot *cache.Snapshot) {
	t.Helper()
	if err := m.follow(klog.Background(), observed); err != nil {
		t.Fatal(err)
	}
	if err := m.cache.UpdateSnapshot(klog.Background(), snapshot); err != nil {
		t.Fatal(err)
	}
}

// changingCluster changes at random, as informers show it: what has changed is
// another object.
type changingCluster struct {
	random *rand.Rand
	nodes  []*corev1.Node
	pods   []*corev1.Pod
	made   int
	ports  int
}

// objects are those of the cluster, in no order.
func (c *changingCluster) objects() cluster.Objects {
	objects := cluster.Objects{Nodes: slices.Clone(c.nodes), Pods: slices.Clone(c.pods)}
	c.random.Shuffle(len(objects.Nodes), func(i, j int) { objects.Nodes[i], objects.Nodes[j] = objects.Nodes[j], objects.Nodes[i] })
	c.random.Shuffle(len(objects.Pods), func(i, j int) { objects.Pods[i], objects.Pods[j] = objects.Pods[j], objects.Pods[i] })
	return objects
}

func (c *changingCluster) change() {
	switch n := c.random.IntN(20); {
	case n < 2 || len(c.nodes) == 0:
		c.addNode(fmt.Sprintf("node-%d", c.random.IntN(12)))
	case n < 3:
		i := c.random.IntN(len(c.nodes)) // its pods stay for a while
		c.nodes = slices.Delete(c.nodes, i, i+1)
	case n < 5:
		c.relabel(c.random.IntN(len(c.nodes)))
	case n < 12 || len(c.pods) == 0:
		c.pods = append(c.pods, c.newPod(fmt.Sprintf("pod-%d", c.made)))
		c.made++
	case n < 16:
		i := c.random.IntN(len(c.pods))
		c.pods = slices.Delete(c.pods, i, i+1)
	case n < 18: // it is the same pod, with other labels, requests and affinities, perhaps on its way out
		i := c.random.IntN(len(c.pods))
		changed := c.newPod(c.pods[i].Name)
		changed.Spec.NodeName = c.pods[i].Spec.NodeName
		if c.random.IntN(3) == 0 {
			changed.DeletionTimestamp = &metav1.Time{Time: now}
		}
		c.pods[i] = changed
	case n < 19: // what was pending is bound, or another comes by the same UID
		i := c.random.IntN(len(c.pods))
		c.pods[i] = c.newPod(c.pods[i].Name)
	default:
		i := c.random.IntN(len(c.pods))
		ended := c.pods[i].DeepCopy()
		ended.Status.Phase = corev1.PodSucceeded
		c.pods[i] = ended
	}
}

func (c *changingCluster) addNode(name string) {
	if !slices.ContainsFunc(c.nodes, func(n *corev1.Node) bool { return n.Name == name }) {
		c.nodes = append(c.nodes, node(name).Images(map[string]int64{"shared": 1 << 20, "of-" + name: 1 << 20}).Obj())
	}
}

// relabel moves a node to another zone, or has it have other images.
func (c *changingCluster) relabel(i int) {
	changed := c.nodes[i].DeepCopy()
	changed.Labels[corev1.LabelTopologyZone] = fmt.Sprintf("zone-%d", c.random.IntN(3))
	changed.Status.Images = changed.Status.Images[:c.random.IntN(len(changed.Status.Images)+1)]
	c.nodes[i] = changed
}

func (c *changingCluster) newPod(name string) *corev1.Pod {
	on := ""
	if c.random.IntN(10) > 0 { // or it is pending, or on a node that nobody knows
		on = fmt.Sprintf("node-%d", c.random.IntN(12))
	}
	made := pod(name, on, fmt.Sprint(1+c.random.IntN(3)))
	if c.random.IntN(3) == 0 {
		made.PodAffinityExists("app", corev1.LabelTopologyZone, st.PodAffinityWithRequiredReq)
	}
	if c.random.IntN(3) == 0 {
		made.PodAntiAffinityExists("app", [...]string{corev1.LabelHostname, corev1.LabelTopologyZone}[c.random.IntN(2)], st.PodAntiAffinityWithRequiredReq)
	}
	if c.random.IntN(3) == 0 {
		c.ports++ // no two pods of a node have one
		made.HostPort(int32(c.ports))
	}
	if c.random.IntN(3) == 0 {
		made.PVC(fmt.Sprintf("claim-%d", c.random.IntN(2)))
	}
	return made.Obj()
}

// suppose puts in and takes out pods as a plan does.
func (c *changingCluster) suppose(t *testing.T, m *mirror) {
	t.Helper()
	names := slices.Sorted(maps.Keys(m.nodes))
	for range c.random.IntN(4) {
		if len(names) < 2 {
			return
		}
		c.random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		from, to := m.nodes[names[0]], names[1]
		uids := slices.Sorted(maps.Keys(from.pods))
		if len(uids) == 0 {
			continue
		}
		known := from.pods[uids[c.random.IntN(len(uids))]]
		if known.DeletionTimestamp != nil || strings.HasPrefix(string(known.UID), "successor-of-") {
			continue
		}
		going, successor := known.DeepCopy(), newSuccessor(known, nil)
		going.DeletionTimestamp = &metav1.Time{Time: now}
		successor.Spec.NodeName = to
		for _, pod := range []*corev1.Pod{going, successor} {
			if err := m.put(klog.Background(), pod); err != nil {
				t.Fatal(err)
			}
		}
		if c.random.IntN(2) == 0 {
			if err := m.remove(klog.Background(), going); err != nil {
				t.Fatal(err)
			}
		}
	}
}
