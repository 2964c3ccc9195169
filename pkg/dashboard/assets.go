// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package dashboard

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"time"
)

// files are what web/ is built into.
//
//go:embed assets
var files embed.FS

const (
	assetsDirectory = "assets"
	index           = "index.html"
)

// contentTypes are by the extension of a name. Those of the machine may be others.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
}

// assets are the files of the page, by name.
type assets map[string]asset

type asset struct {
	content           []byte
	contentType, etag string
}

func newAssets() assets {
	entries, err := files.ReadDir(assetsDirectory)
	if err != nil {
		panic(err) // they are in the program
	}
	known := assets{}
	for _, entry := range entries {
		content, err := files.ReadFile(path.Join(assetsDirectory, entry.Name()))
		if err != nil {
			continue // a directory
		}
		sum := sha256.Sum256(content)
		known[entry.Name()] = asset{
			content: content, contentType: contentTypes[path.Ext(entry.Name())],
			// Weak, since it is the same whether or not the answer is compressed.
			etag: `W/"` + hex.EncodeToString(sum[:16]) + `"`,
		}
	}
	return known
}

// ServeHTTP serves the index, and files by their names. A browser asks again each time,
// and is told when it has the latest: another version of the program may answer.
func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = index
	}
	found, ok := a[name]
	if !ok {
		http.Error(w, "there is nothing here: the page is at /", http.StatusNotFound)
		return
	}
	header := w.Header()
	header.Set("Cache-Control", "no-cache")
	header.Set("ETag", found.etag)
	if found.contentType != "" {
		header.Set("Content-Type", found.contentType)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(found.content))
}
