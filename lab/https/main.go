// A server and a client of Go's own TLS: `web server ADDRESS CERTIFICATE KEY`, `web http1|http2 URL...`.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	var err error
	if os.Args[1] == "server" {
		err = serve(os.Args[2], os.Args[3], os.Args[4])
	} else {
		err = get(os.Args[1] == "http2", os.Args[2:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(address, certificate, key string) error {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/status/404") {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprintln(w, r.URL.Path)
	})
	return http.ListenAndServeTLS(address, certificate, key, nil)
}

func get(http2 bool, urls []string) error {
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2: http2,
	}
	if !http2 {
		transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	client := &http.Client{Transport: transport}
	for _, url := range urls {
		response, err := client.Get(url)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return err
		}
		response.Body.Close()
	}
	return nil
}
