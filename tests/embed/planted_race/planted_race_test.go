//go:build planted

package plantedrace

import "testing"

func TestPlantedRace(t *testing.T) {
	count := 0
	done := make(chan bool)
	go func() { count++; done <- true }()
	count++
	<-done
	if count == 0 {
		t.Fatal("not counted")
	}
}
