// A QUIC server and client for tests: `quic serve ADDRESS CERT KEY [retry]`, `quic ask ADDRESS NAME CA [v2]`.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/quic-go/quic-go"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return value
}

func serve(address, cert, key string, retry bool) {
	pair := must(tls.LoadX509KeyPair(cert, key))
	udp := must(net.ListenUDP("udp", must(net.ResolveUDPAddr("udp", address))))
	transport := &quic.Transport{Conn: udp, VerifySourceAddress: func(net.Addr) bool { return retry }}
	settings := &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"echo"}}
	listener := must(transport.Listen(settings, &quic.Config{Versions: []quic.Version{quic.Version1, quic.Version2}}))
	for {
		connection, err := listener.Accept(context.Background())
		if err != nil {
			continue
		}
		go func() {
			for {
				stream, err := connection.AcceptStream(context.Background())
				if err != nil {
					return
				}
				_, _ = io.Copy(stream, stream)
				_ = stream.Close()
			}
		}()
	}
}

func ask(address, name, ca string, version quic.Version) {
	pool := x509.NewCertPool()
	if ca != "" {
		pool.AppendCertsFromPEM(must(os.ReadFile(ca)))
	}
	// The test's certificates have names of the old kind only, so that the chain is checked and the name is not.
	settings := &tls.Config{ServerName: name, NextProtos: []string{"echo"}, InsecureSkipVerify: true}
	settings.VerifyConnection = func(state tls.ConnectionState) error {
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: pool})
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	connection := must(quic.DialAddr(ctx, address, settings, &quic.Config{Versions: []quic.Version{version}}))
	stream := must(connection.OpenStreamSync(ctx))
	must(stream.Write([]byte("hello")))
	_ = stream.Close()
	must(io.ReadAll(stream))
	_ = connection.CloseWithError(0, "")
	time.Sleep(50 * time.Millisecond)
}

func main() {
	arguments := append(os.Args[1:], "", "", "", "", "")
	switch arguments[0] {
	case "serve":
		serve(arguments[1], arguments[2], arguments[3], arguments[4] == "retry")
	case "ask":
		version := quic.Version1
		if arguments[4] == "v2" {
			version = quic.Version2
		}
		ask(arguments[1], arguments[2], arguments[3], version)
	}
}
