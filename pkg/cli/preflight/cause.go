// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preflight

import "github.com/loadline-dev/loadline/pkg/cli/nodeproxy"

// Causes beside those for which there is no answer.
const (
	// Empty means that the answer says nothing of the node.
	Empty nodeproxy.Cause = "Empty"
	// Stale means that the data are too old to count.
	Stale nodeproxy.Cause = "Stale"
	// Ahead means that the data are from the future.
	Ahead nodeproxy.Cause = "Ahead"
	// NotReady means that the node is not Ready, whatever else is the matter.
	NotReady nodeproxy.Cause = "NotReady"
)

// descriptions say what each cause means, and what is to be done. Where the API
// server is to blame they say how Loadline differs, which asks kubelets itself.
var descriptions = map[nodeproxy.Cause]Problem{
	nodeproxy.NotPermitted: {
		What: "you may not ask kubelets through the API server",
		Remedy: `Use a kubeconfig that may "get" "nodes/proxy". Loadline itself does not need that right: it asks kubelets directly, ` +
			`with a token that may "get" "nodes/metrics".`,
	},
	nodeproxy.KubeletUnauthenticated: {
		What: "the kubelet does not know the API server",
		Remedy: "Have kubelets accept client certificates of the API server (clientCAFile) and, for Loadline, tokens of ServiceAccounts " +
			"(authentication.webhook.enabled: true in the KubeletConfiguration).",
	},
	nodeproxy.KubeletForbidden: {
		What: "the kubelet does not let the API server read its metrics",
		Remedy: "Bind the ClusterRole system:kubelet-api-admin to the user as which the API server asks kubelets. " +
			"Loadline's own right, nodes/metrics, is asked for in the same way (authorization.mode: Webhook in the KubeletConfiguration).",
	},
	nodeproxy.Certificate: {
		What: "the API server does not accept the kubelet's certificate",
		Remedy: "Loadline will not either. Have kubelets ask for certificates of the cluster (serverTLSBootstrap: true, then approve their requests: " +
			"kubectl get csr), or name the authority that signs them in telemetry.embedded.kubelets.caFile. For self-signed ones there is only " +
			"telemetry.embedded.kubelets.insecureSkipVerify.",
	},
	nodeproxy.Refused: {
		What:   "nothing listens at the kubelet's address",
		Remedy: "Look whether the kubelet runs, and at status.daemonEndpoints and status.addresses of the node.",
	},
	nodeproxy.Lookup: {
		What: "the API server cannot resolve the node's name",
		Remedy: "Start the API server with --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname. " +
			"Loadline asks at the InternalIP first, and may well measure these nodes.",
	},
	nodeproxy.Address: {
		What:   "the API server does not pass requests on to the node's address",
		Remedy: "It refuses loopback, link-local and multicast addresses. Loadline asks kubelets directly, and may well measure these nodes.",
	},
	nodeproxy.Timeout: {
		What:   "no answer in time",
		Remedy: "Look whether the kubelet hangs, or a firewall blocks port 10250 of the nodes: for the API server, or for the nodes that Loadline runs on.",
	},
	nodeproxy.Unreachable: {
		What:   "the API server cannot reach the kubelet",
		Remedy: "Look at the network between the API server and the nodes. Loadline needs that between its own node and port 10250 of the others.",
	},
	nodeproxy.NotServed: {
		What: "the kubelet does not serve the metrics",
		Remedy: "Look at the annotation metrics.k8s.io/resource-metrics-path of the node, if it has one: the path must exist. " +
			"Without it the kubelet is asked for /metrics/resource, which a stand-in for a kubelet may not have.",
	},
	nodeproxy.Gone: {
		State:  Warning,
		What:   "the node was deleted meanwhile",
		Remedy: "Nothing has to be done.",
	},
	nodeproxy.Unreadable: {
		What:   "the answer cannot be read",
		Remedy: "Look at what the kubelet says: kubectl get --raw /api/v1/nodes/NAME/proxy/metrics/resource",
	},
	nodeproxy.Other: {
		What:   "the kubelet cannot be asked",
		Remedy: "Look at the answer: kubectl get --raw /api/v1/nodes/NAME/proxy/metrics/resource",
	},
	Empty: {
		What:   "the kubelet does not measure its node",
		Remedy: "Look for resource_scrape_error in its /metrics/resource, and for errors of cadvisor or of the container runtime in its log.",
	},
	Stale: {
		What:   "the data are too old to count",
		Remedy: "Compare the clocks: of the node, and of this machine (timedatectl). If they agree, the kubelet has stopped measuring: look at its log.",
	},
	Ahead: {
		State:  Warning,
		What:   "the data are from the future",
		Remedy: "Compare the clocks: of the node, and of this machine (timedatectl). Loadline counts such data as measured when it asks.",
	},
	NotReady: {
		State:  Warning,
		What:   "the node is not Ready, and not measured",
		Remedy: "No pod is placed on such nodes anyhow.",
	},
}

// describe is a problem of that cause, of no node yet.
func describe(cause nodeproxy.Cause) Problem {
	problem := descriptions[cause]
	problem.Cause = cause
	if problem.State == "" {
		problem.State = Failed
	}
	return problem
}
