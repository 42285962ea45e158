// Typed values of an indexed document. Errors name the place; none quotes the value, which may be personal.

extension JSONDocument {
    func isNull(_ index: Int) -> Bool { self[index].kind == .null }

    func bool(_ index: Int) throws -> Bool {
        switch self[index].kind {
        case .yes: return true
        case .no: return false
        default: throw mismatch(Bool.self, at: index)
        }
    }

    func string(_ index: Int) throws -> String {
        let node = self[index]
        guard node.kind == .plainString || node.kind == .escapedString else { throw mismatch(String.self, at: index) }
        return text(of: node)
    }

    private func text(of node: Node) -> String {
        JSONString(range: bytes(of: node), hasEscapes: node.kind == .escapedString).text(in: bytes)
    }

    func integer<Number: FixedWidthInteger>(_ index: Int) throws -> Number {
        guard let number = number(index) else { throw mismatch(Number.self, at: index) }
        guard let value: Number = number.integer(in: bytes) else { throw corrupted("no \(Number.self)", at: index) }
        return value
    }

    func double(_ index: Int) throws -> Double {
        guard let number = number(index) else { throw mismatch(Double.self, at: index) }
        guard let value = number.double(in: bytes) else { throw corrupted("no finite Double", at: index) }
        return value
    }

    func float(_ index: Int) throws -> Float {
        guard let number = number(index) else { throw mismatch(Float.self, at: index) }
        guard let value = number.float(in: bytes) else { throw corrupted("no finite Float", at: index) }
        return value
    }

    private func number(_ index: Int) -> JSONNumber? {
        let node = self[index]
        guard node.kind == .plainNumber || node.kind == .otherNumber else { return nil }
        return JSONNumber(range: bytes(of: node), isPlain: node.kind == .plainNumber)
    }

    /// The value as it is, whatever its shape.
    func value(_ index: Int) throws -> JSONValue {
        let node = self[index]
        switch node.kind {
        case .null: return .null
        case .yes: return .bool(true)
        case .no: return .bool(false)
        case .plainString, .escapedString: return .string(text(of: node))
        case .plainNumber, .otherNumber:
            return number(index)?.value(in: bytes) ?? .string("")
        case .array:
            var items: [JSONValue] = []
            items.reserveCapacity(Int(node.end))
            var next = index + 1
            while next < node.next {
                items.append(try value(next))
                next = Int(self[next].next)
            }
            return .array(items)
        case .object:
            var members = [String: JSONValue](minimumCapacity: Int(node.end))
            var next = index + 1
            while next < node.next {
                members[text(of: self[next])] = try value(next + 1)
                next = Int(self[next + 1].next)
            }
            return .object(members)
        }
    }

    /// The names of an object's members, in the order in which they stand.
    func names(in object: Int) -> [String] {
        var names: [String] = []
        names.reserveCapacity(Int(self[object].end))
        var next = object + 1
        while next < self[object].next {
            names.append(text(of: self[next]))
            next = Int(self[next + 1].next)
        }
        return names
    }
}

// MARK: - Errors

/// A member's name or an element's index in a coding path.
struct JSONKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) { (self.stringValue, intValue) = (stringValue, nil) }
    init(intValue: Int) { (stringValue, self.intValue) = (String(intValue), intValue) }
}

extension JSONDocument {
    /// The names and indices that lead to a node.
    func path(to target: Int) -> [JSONKey] {
        path {
            $0 == target
        } enter: {
            target < self[$0].next
        }
    }

    /// The names and indices that lead to the value which begins at a byte.
    func path(toByte offset: Int) -> [JSONKey] {
        // A string's node begins inside its quotes.
        func begins(_ index: Int, at offset: Int) -> Bool {
            let isString = self[index].kind == .plainString || self[index].kind == .escapedString
            return Int(self[index].start) == offset + (isString ? 1 : 0)
        }
        return path {
            begins($0, at: offset)
        } enter: { index in
            let next = Int(self[index].next)
            return next == self[Self.root].next || Int(self[next].start) > offset + 1
        }
    }

    /// Walks down from the root, at each level into the first child that `enter` accepts, until `isTarget`.
    private func path(until isTarget: (Int) -> Bool, enter: (Int) -> Bool) -> [JSONKey] {
        var path: [JSONKey] = []
        var index = Self.root
        while !isTarget(index) {
            let node = self[index]
            guard node.kind == .object || node.kind == .array else { return path }
            var child = index + 1
            for position in 0..<Int(node.end) {
                let value = node.kind == .object ? child + 1 : child
                if enter(value) || position + 1 == node.end {
                    path.append(node.kind == .object ? JSONKey(stringValue: text(of: self[child])) : JSONKey(intValue: position))
                    index = value
                    break
                }
                child = Int(self[value].next)
            }
            if node.end == 0 { return path }
        }
        return path
    }

    @inline(never)
    func mismatch(_ type: any Any.Type, at index: Int) -> DecodingError {
        .mismatch(type, isNull: isNull(index), path: path(to: index))
    }

    @inline(never)
    func corrupted(_ reason: String, at index: Int) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: path(to: index), debugDescription: reason))
    }
}

extension DecodingError {
    static func mismatch(_ type: any Any.Type, isNull: Bool, path: [JSONKey]) -> DecodingError {
        let context = Context(codingPath: path, debugDescription: isNull ? "null instead of \(type)" : "no \(type)")
        return isNull ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    static func missing(_ name: String, path: [JSONKey]) -> DecodingError {
        .keyNotFound(JSONKey(stringValue: name), Context(codingPath: path, debugDescription: "no member \(name)"))
    }
}

extension JSONSyntaxError {
    /// As decoders report it: about the document as a whole.
    @usableFromInline
    var asDecodingError: DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: description, underlyingError: self))
    }
}
