// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded

import "github.com/prometheus/prometheus/storage"

// Appendable is the database as Prometheus' own scraper writes to it, which
// marks the ends of series itself. It is held to the limit of series.
func (d *Database) Appendable() storage.AppendableV2 { return limitedStorage{d} }
