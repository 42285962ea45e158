package import HindsightCore

/// One difference between two values.
package struct ValueChange: Sendable, Equatable, Encodable {
    /// JSON pointer; empty for the value as a whole.
    package let pointer: String
    /// `nil` where the value was added.
    package let from: JSONValue?
    /// `nil` where the value was removed.
    package let to: JSONValue?

    /// What leads from `old` to `new`: objects are compared member by member, everything else as a whole.
    package static func changes(from old: JSONValue, to new: JSONValue, at pointer: String = "") -> [ValueChange] {
        guard case .object(let before) = old, case .object(let after) = new else {
            return old == new ? [] : [ValueChange(pointer: pointer, from: old, to: new)]
        }
        return Set(before.keys).union(after.keys).sorted().flatMap { name -> [ValueChange] in
            let place = "\(pointer)/\(name.escapedForPointer)"
            guard let old = before[name], let new = after[name] else {
                return [ValueChange(pointer: place, from: before[name], to: after[name])]
            }
            return changes(from: old, to: new, at: place)
        }
    }
}
