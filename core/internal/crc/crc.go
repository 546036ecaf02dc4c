// Package crc computes the checksums that S3 keeps of whole objects, also of an
// object whose parts came in any order: the CRC of two pieces of data follows
// from those of the pieces.
package crc

import (
	"encoding/binary"
	"hash"
	"hash/crc32"

	"github.com/minio/crc64nvme"
)

// Algorithm is a CRC with reflected bits, as all of S3's are.
type Algorithm struct {
	// New makes a hash, whose Sum is the CRC in big-endian order.
	New func() hash.Hash
	// polynomial of degree bits, without its highest term and with the lowest in
	// the highest bit.
	polynomial uint64
	bits       int
}

// Algorithms are those of S3, by the name of a digest ("Checking object
// integrity", Amazon S3 User Guide).
var Algorithms = map[string]Algorithm{
	"crc32":     {func() hash.Hash { return crc32.NewIEEE() }, crc32.IEEE, 32},
	"crc32c":    {func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }, crc32.Castagnoli, 32},
	"crc64nvme": {func() hash.Hash { return crc64nvme.New() }, 0x9a6c9329ac4bc9b5, 64},
}

// Sum is the CRC of data.
func (a Algorithm) Sum(data []byte) uint64 {
	h := a.New()
	_, _ = h.Write(data) // never fails ("hash".Hash)
	return a.Decode(h.Sum(nil))
}

// Decode reads a CRC in big-endian order.
func (a Algorithm) Decode(sum []byte) uint64 {
	if a.bits == 32 {
		return uint64(binary.BigEndian.Uint32(sum))
	}
	return binary.BigEndian.Uint64(sum)
}

// Encode writes a CRC in big-endian order.
func (a Algorithm) Encode(sum uint64) []byte {
	if a.bits == 32 {
		return binary.BigEndian.AppendUint32(nil, uint32(sum))
	}
	return binary.BigEndian.AppendUint64(nil, sum)
}

// Combine is the CRC of two pieces of data, of which the second has so many
// bytes. A CRC is the remainder of the data as a polynomial: that of the first
// piece has to be multiplied by x to the power of the bits that follow it.
func (a Algorithm) Combine(first, second uint64, length int64) uint64 {
	return a.multiply(first, a.power(length)) ^ second
}

// one is the polynomial 1: the lowest term is in the highest bit.
func (a Algorithm) one() uint64 { return 1 << (a.bits - 1) }

// power is x to the power of 8n, by squaring.
func (a Algorithm) power(n int64) uint64 {
	result := a.one()
	for square := a.one() >> 8; n > 0; n >>= 1 {
		if n&1 == 1 {
			result = a.multiply(result, square)
		}
		square = a.multiply(square, square)
	}
	return result
}

// multiply multiplies two polynomials, modulo that of the algorithm.
func (a Algorithm) multiply(p, q uint64) uint64 {
	product := uint64(0)
	for term := a.one(); term != 0; term >>= 1 {
		if p&term != 0 {
			product ^= q
		}
		carry := q & 1
		q >>= 1
		if carry == 1 {
			q ^= a.polynomial
		}
	}
	return product
}
