// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"k8s.io/client-go/informers"
	"k8s.io/client-go/informers/core"
	coreinformers "k8s.io/client-go/informers/core/v1"
)

// withoutNodesAndPods are the informers of a cluster, but for those of nodes and
// pods, which never have any. Upstream's scheduler keeps its cache by their events;
// here it is kept by the clusters of plans, so that it and the plan go by the same
// instant.
type withoutNodesAndPods struct {
	informers.SharedInformerFactory
	// still is never started.
	still informers.SharedInformerFactory
}

func (f withoutNodesAndPods) Core() core.Interface {
	return coreGroup{Interface: f.SharedInformerFactory.Core(), still: f.still.Core()}
}

type coreGroup struct {
	core.Interface
	still core.Interface
}

func (g coreGroup) V1() coreinformers.Interface {
	return coreV1{Interface: g.Interface.V1(), still: g.still.V1()}
}

type coreV1 struct {
	coreinformers.Interface
	still coreinformers.Interface
}

func (v coreV1) Nodes() coreinformers.TypedNodeInformer { return v.still.Nodes() }

func (v coreV1) Pods() coreinformers.TypedPodInformer { return v.still.Pods() }
