package reconcile

import (
	"slices"
)

func (c *component) total(assignment []int) int64 {
	var sum int64
	for m, p := range assignment {
		if p >= 0 {
			sum += c.score[p][m]
		}
	}
	return sum
}

// assign solves the assignment problem exactly (Kuhn and Munkres with
// potentials, on the smaller side) and returns for each transfer its order or
// -1. With force, that order and transfer are paired first; order -1 leaves the
// transfer out.
func (c *component) assign(weight [][]int64, force *[2]int) []int {
	out := make([]int, len(c.moves))
	for m := range out {
		out[m] = -1
	}
	var rows, cols []int // transfers and orders that are free
	for m := range c.moves {
		if force == nil || m != force[1] {
			rows = append(rows, m)
		}
	}
	for p := range c.pays {
		if force == nil || p != force[0] {
			cols = append(cols, p)
		}
	}
	if force != nil {
		out[force[1]] = force[0]
	}
	at := func(i, j int) int64 { return -weight[cols[j]][rows[i]] }
	n, m := len(rows), len(cols)
	if n > m {
		at, n, m = func(i, j int) int64 { return -weight[cols[i]][rows[j]] }, m, n
	}
	for j, i := range hungarian(n, m, at) {
		if i < 0 {
			continue
		}
		row, col := i, j
		if len(rows) > len(cols) {
			row, col = j, i
		}
		if weight[cols[col]][rows[row]] > 0 {
			out[rows[row]] = cols[col]
		}
	}
	return out
}

// hungarian minimises the cost of pairing n rows with m >= n columns and returns
// for each column its row or -1.
func hungarian(n, m int, cost func(i, j int) int64) []int {
	const far = int64(1) << 62
	u, v := make([]int64, n+1), make([]int64, m+1)
	rowOf := make([]int, m+1) // 1-based; 0 = free
	way := make([]int, m+1)
	for i := 1; i <= n; i++ {
		rowOf[0] = i
		j0 := 0
		dist := slices.Repeat([]int64{far}, m+1)
		used := make([]bool, m+1)
		for rowOf[j0] != 0 {
			used[j0] = true
			i0, delta, j1 := rowOf[j0], far, 0
			for j := 1; j <= m; j++ {
				if used[j] {
					continue
				}
				if cur := cost(i0-1, j-1) - u[i0] - v[j]; cur < dist[j] {
					dist[j], way[j] = cur, j0
				}
				if dist[j] < delta {
					delta, j1 = dist[j], j
				}
			}
			for j := 0; j <= m; j++ {
				if used[j] {
					u[rowOf[j]] += delta
					v[j] -= delta
				} else {
					dist[j] -= delta
				}
			}
			j0 = j1
		}
		for j0 != 0 {
			rowOf[j0] = rowOf[way[j0]]
			j0 = way[j0]
		}
	}
	out := make([]int, m)
	for j := range out {
		out[j] = rowOf[j+1] - 1
	}
	return out
}
