/// Results by what they were made of, of which the ones asked for lately are kept.
///
/// Two generations: when the young one is full it becomes the old one, whose results live on only if they are asked for again. So nothing
/// is counted or moved on the way, and no more than twice the capacity is held.
struct RecentResults<Value> {
    private var young: [TypedBytes: Value] = [:]
    private var old: [TypedBytes: Value] = [:]
    private let capacity: Int

    init(capacity: Int) {
        precondition(capacity > 0, "a capacity is at least 1")
        self.capacity = capacity
    }

    subscript(text: String) -> Value? {
        mutating get {
            let key = TypedBytes(text: text)
            if let value = young[key] { return value }
            guard let value = old[key] else { return nil }
            keep(value, key)
            return value
        }
        set {
            if let newValue { keep(newValue, TypedBytes(text: text)) }
        }
    }

    private mutating func keep(_ value: Value, _ key: TypedBytes) {
        if young.count >= capacity {
            old = young
            young = Dictionary(minimumCapacity: capacity)
        }
        young[key] = value
    }
}

/// A text by its bytes: what was typed differs where its bytes do, and comparing strings as Unicode wants would cost more than most results.
struct TypedBytes: Hashable {
    let text: String

    static func == (left: TypedBytes, right: TypedBytes) -> Bool {
        guard left.text.utf8.count == right.text.utf8.count else { return false }
        let areSame = left.text.utf8.withContiguousStorageIfAvailable { left in
            right.text.utf8.withContiguousStorageIfAvailable { right in left.indices.allSatisfy { left[$0] == right[$0] } }
        }
        return areSame.flatMap(\.self) ?? left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        if text.utf8.withContiguousStorageIfAvailable({ hasher.combine(bytes: UnsafeRawBufferPointer($0)) }) == nil {
            for byte in text.utf8 { hasher.combine(byte) }
        }
    }
}
