package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestMain lets this test binary be the till that is killed.
func TestMain(m *testing.M) {
	if os.Getenv("TILL_CHILD") == "1" {
		os.Args = append([]string{"till", "store"}, os.Args[1:]...)
		main()
		return
	}
	os.Exit(m.Run())
}

func child(t *testing.T, folder, address, centre string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "--listen", address, "--data", folder, "--store", "hz0001", "--centre", centre)
	cmd.Env = append(os.Environ(), "TILL_CHILD=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func sale(address, key string) (Receipt, error) {
	client := http.Client{Timeout: 2 * time.Second}
	response, err := client.Post("http://"+address+"/sale", "application/json", bytes.NewReader(fmt.Appendf(nil, `{"key": %q, "amount": 7}`, key)))
	if err != nil {
		return Receipt{}, err
	}
	defer response.Body.Close()
	var r Receipt
	err = json.NewDecoder(response.Body).Decode(&r)
	if err == nil && r.ID == "" {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return r, err
}

func free(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestKilledAnywhereNothingIsLostOrDoubled(t *testing.T) {
	c := newCentre(t, t.TempDir())
	server := httptest.NewServer(centreHandler(c))
	defer server.Close()
	folder, address := t.TempDir(), free(t)
	till := child(t, folder, address, server.URL)
	chance := rand.New(rand.NewSource(1))
	receipts := map[string]string{}
	for i, kills := 0, 0; i < 150; i++ {
		key := fmt.Sprintf("sale-%d", i)
		if kills < 8 && chance.Intn(15) == 0 {
			kills++
			victim := till
			go func(after time.Duration) { time.Sleep(after); victim.Process.Kill() }(time.Duration(chance.Intn(4000)) * time.Microsecond)
			sale(address, key)
			victim.Process.Kill()
			victim.Wait()
			till = child(t, folder, address, server.URL)
		}
		var r Receipt
		err := fmt.Errorf("not tried")
		for try := 0; try < 100 && err != nil; try++ {
			if r, err = sale(address, key); err != nil {
				time.Sleep(50 * time.Millisecond)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		receipts[key] = r.ID
	}
	defer func() { till.Process.Kill(); till.Wait() }()
	for i := 0; i < 500 && c.Sales("hz0001", "", 0)["count"] != 150; i++ {
		time.Sleep(20 * time.Millisecond)
	}
	if got := c.Sales("hz0001", "", 0); got["count"] != 150 || got["amount"] != int64(150*7) {
		t.Fatal(got)
	}
	for key, id := range receipts {
		if again, err := sale(address, key); err != nil || again.ID != id {
			t.Fatalf("%s: had receipt %s, has %v, %v", key, id, again.ID, err)
		}
	}
}
