package compare

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"

	"amends/server/measure/bench"
)

// The bare server is the baseline of every figure: it writes the same bytes to the same number of
// connections and does nothing else. It has no rooms, people, database or limits, and one slow reader
// blocks all others, so it is only a yardstick.

// ServeBare runs the bare server: listeners connect to one port, the publisher to another. It prints
// both ports and ends when its standard input does. The comparison starts its own binary again as this
// process.
func ServeBare() error {
	clients, err1 := net.Listen("tcp", "127.0.0.1:0")
	publisher, err2 := net.Listen("tcp", "127.0.0.1:0")
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(clients.Addr(), publisher.Addr())
	writers := make([]*bareWriter, runtime.GOMAXPROCS(0))
	for i := range writers {
		writers[i] = &bareWriter{frames: make(chan []byte, 1024)}
		go writers[i].run()
	}
	go func() {
		for i := 0; ; i++ {
			c, err := clients.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write(bench.ServerFrame([]byte(`{"view":{},"seq":0}`)))
			writers[i%len(writers)].add(c)
		}
	}()
	source, err := publisher.Accept()
	if err != nil {
		return fmt.Errorf("wait for the publisher: %w", err)
	}
	in := bufio.NewReader(source)
	for {
		var size [4]byte
		if _, err := io.ReadFull(in, size[:]); err != nil {
			return nil //nolint:nilerr // the publisher has gone
		}
		message := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err := io.ReadFull(in, message); err != nil {
			return nil //nolint:nilerr // the publisher has gone
		}
		frame := bench.ServerFrame(message)
		for _, w := range writers {
			w.frames <- frame
		}
	}
}

// bareWriter writes every frame to its share of the connections; there is one per core.
type bareWriter struct {
	frames chan []byte
	mu     sync.Mutex
	conns  []net.Conn
}

func (w *bareWriter) add(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns = append(w.conns, c)
}

func (w *bareWriter) run() {
	for frame := range w.frames {
		w.mu.Lock()
		for _, c := range w.conns {
			_, _ = c.Write(frame)
		}
		w.mu.Unlock()
	}
}

// startBare starts the bare server as a separate process, so that its CPU time is counted separately.
// The caller must call stop.
func startBare(ctx context.Context, size int) (bench.Rival, func(), error) {
	self, err := os.Executable()
	if err != nil {
		return bench.Rival{}, nil, fmt.Errorf("find this program: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, "-bare")
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		return bench.Rival{}, nil, fmt.Errorf("start the bare server: %w", err)
	}
	stop := func() {
		_ = stdin.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	listeners, publisher, ok := strings.Cut(strings.TrimSpace(line), " ")
	if err != nil || !ok {
		stop()
		return bench.Rival{}, nil, errors.New("the bare server did not say where it listens")
	}
	source, err := net.Dial("tcp", publisher)
	if err != nil {
		stop()
		return bench.Rival{}, nil, fmt.Errorf("reach the bare server: %w", err)
	}
	publish := func(_ context.Context, messages []string) error {
		var all []byte
		for _, m := range messages {
			all = binary.BigEndian.AppendUint32(all, uint32(len(m)))
			all = append(all, m...)
		}
		_, err := source.Write(all)
		return err
	}
	rival := bench.Rival{Door: bench.Doorway{Address: listeners, Bare: true}, Publish: publish, Bytes: size, PID: cmd.Process.Pid}
	return rival, func() { _ = source.Close(); stop() }, nil
}
