import HindsightCore

/// Gives byte strings the indices 0, 1, 2… in the order in which they are entered.
///
/// In place of a dictionary of names: to look one up there counts the references to strings that another core has just made, and that costs
/// the writer's thread more than to hash and compare them.
package final class ByteKeys {
    private let arena = ByteArena(capacity: 4_096)
    private var keys: [(hash: Int, place: Range<Int>)] = []
    /// Open addressing with linear probing, at most half full: an index into `keys`, or ``free``.
    private var slots = [Int32](repeating: free, count: 64)

    private static let free: Int32 = -1

    package init() {}

    package var count: Int { keys.count }

    package func index(of key: UnsafeRawBufferPointer) -> Int? {
        let index = slots[slot(of: key, hash: Self.hash(key))]
        return index == Self.free ? nil : Int(index)
    }

    /// Enters a key that is not there yet.
    package func enter(_ key: UnsafeRawBufferPointer) {
        if 2 * (keys.count + 1) > slots.count { grow() }
        let hash = Self.hash(key)
        slots[slot(of: key, hash: hash)] = Int32(keys.count)
        keys.append((hash, arena.append(key)))
    }

    package func removeAll() {
        arena.removeAll()
        keys.removeAll(keepingCapacity: true)
        slots = Array(repeating: Self.free, count: slots.count)
    }

    /// Seeded anew in each process, so that nobody can prepare keys that share a slot.
    private static func hash(_ key: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: key)
        return hasher.finalize()
    }

    /// Where the key is, or would be entered.
    private func slot(of key: UnsafeRawBufferPointer, hash: Int) -> Int {
        var slot = hash & (slots.count - 1)
        while slots[slot] != Self.free {
            let known = keys[Int(slots[slot])]
            if known.hash == hash, arena[known.place].hasSameBytes(as: key) { break }
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    private func grow() {
        slots = Array(repeating: Self.free, count: 2 * slots.count)
        for (index, key) in keys.enumerated() {
            var slot = key.hash & (slots.count - 1)
            while slots[slot] != Self.free { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(index)
        }
    }
}
