// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	certutil "k8s.io/client-go/util/cert"

	"github.com/loadline-dev/loadline/test/cluster"
)

const (
	// thousands is the number of nodes of a large cluster.
	thousands = 5000
	// creators is the number of nodes that are created at the same time.
	creators = 16
	// largeMemory is the capacity of each, in bytes.
	largeMemory = 64 << 30
	// hotEvery makes one of so many nodes one that is over its line.
	hotEvery = 100
	// kubeletAddresses is the number of addresses that nodes have together.
	kubeletAddresses = 128
	// largeInterval is the time between two measurements of each.
	largeInterval = 10 * time.Second
)

func largeNode(index int) string { return fmt.Sprintf("node-%04d", index) }

// largeUse is the share of its memory that a node uses, which differs by node: between
// 20% and 85%, or above 90%.
func largeUse(index int) float64 {
	if index%hotEvery == 0 {
		return 0.9 + float64(1+index/hotEvery)/1000
	}
	return 0.2 + 0.65*float64(index*7919%thousands)/thousands
}

// startKubelets serves what the kubelets of all nodes say, and returns their port and a
// file with the authority of their certificate. A node's own path tells which one is
// asked. They share some addresses: Loadline keeps a connection to each, and a new one
// for each question would be most of the work.
func (w *world) startKubelets() (port, caFile string) {
	w.Helper()
	addresses := make([]net.IP, 0, kubeletAddresses)
	for i := range kubeletAddresses {
		addresses = append(addresses, kubeletAddress(i))
	}
	certificate, key, err := certutil.GenerateSelfSignedCertKey("kubelets", addresses, nil)
	w.must(err)
	caFile = filepath.Join(w.Dir(), "kubelets.crt")
	w.must(os.WriteFile(caFile, certificate, 0o600))
	pair, err := tls.X509KeyPair(certificate, key)
	w.must(err)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /nodes/{index}/metrics/resource", serveUse)
	server := &http.Server{Handler: mux, ErrorLog: log.New(io.Discard, "", 0), TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}}}
	w.Cleanup(func() { _ = server.Close() })
	port, err = cluster.FreePort()
	w.must(err)
	for _, address := range addresses {
		listener, err := net.Listen("tcp4", net.JoinHostPort(address.String(), port))
		w.must(err)
		go func() { _ = server.ServeTLS(listener, "", "") }()
	}
	return port, caFile
}

// kubeletAddress is that of the node at an index. On Linux all of 127.0.0.0/8 is
// loopback.
func kubeletAddress(index int) net.IP { return net.IPv4(127, 64, 0, byte(1+index%kubeletAddresses)) }

func serveUse(w http.ResponseWriter, r *http.Request) {
	index, err := strconv.Atoi(r.PathValue("index"))
	if err != nil || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		http.NotFound(w, r)
		return
	}
	now := time.Now()
	fmt.Fprintf(w, `# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total %f %d
# TYPE node_memory_working_set_bytes gauge
node_memory_working_set_bytes %.0f %[2]d
`, 4*float64(now.Unix()), now.UnixMilli(), largeMemory*largeUse(index))
}

// createThousands creates the nodes. Nobody sends heartbeats for them, so nothing that
// would miss these may run.
func (w *world) createThousands(port string) {
	w.Helper()
	w.must(w.Process("kwok").Stop())
	w.must(w.Process("kube-controller-manager").Stop())
	group, ctx := errgroup.WithContext(w)
	group.SetLimit(creators)
	for i := range thousands {
		group.Go(func() error {
			_, err := w.client.CoreV1().Nodes().Create(ctx, thousandth(i, port), metav1.CreateOptions{})
			return err
		})
	}
	w.must(group.Wait())
}

func thousandth(index int, port string) *corev1.Node {
	number, _ := strconv.Atoi(port)
	capacity := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse("16"),
		corev1.ResourceMemory: *resource.NewQuantity(largeMemory, resource.BinarySI),
		corev1.ResourcePods:   resource.MustParse("110"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name:        largeNode(index),
			Labels:      map[string]string{corev1.LabelHostname: largeNode(index), corev1.LabelOSStable: "linux"},
			Annotations: map[string]string{metricsPath: fmt.Sprintf("/nodes/%d/metrics/resource", index)},
		},
		Status: corev1.NodeStatus{
			Capacity: capacity, Allocatable: capacity,
			Conditions:      []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
			Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: kubeletAddress(index).String()}},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(number)}},
		},
	}
}
