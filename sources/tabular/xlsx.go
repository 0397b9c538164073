package tabular

import (
	"bufio"
	"errors"
)

func (r *reader) xlsx(plain *bufio.Reader) error { return r.fail(errors.New("not yet")) }
