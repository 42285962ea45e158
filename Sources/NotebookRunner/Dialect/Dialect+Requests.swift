/// How a version reads what it is sent.
extension Dialect {
    /// The place that a body asks for, `nil` where its member is missing or blank.
    func place(in body: JSON?) -> String? {
        guard let path = body?[placeMember]?.string, path.contains(where: { !$0.isWhitespace }) else { return nil }
        return path
    }

    func right(for deed: Deed) -> Permissions.Right { deed == .remove ? removalRight : deed.right }

    /// What a caller reads who may not do it.
    func refusal(of deed: Deed, _ permissions: Permissions, to caller: Caller) -> String {
        func listed(_ names: Set<String>) -> String { "[" + names.sorted().joined(separator: ", ") + "]" }
        if let words = refusals[deed] { return words }
        let right = right(for: deed)
        if deed == .setPermissions {
            return "Insufficient privileges to change permissions.\n\nAllowed owners: \(listed(permissions.owners))\n\n"
                + "User belongs to: \(listed(caller.entities))"
        }
        return "Insufficient privileges to \(right.rawValue) note.\nAllowed users or roles: \(listed(permissions.list(for: right)))\n"
            + "But the user \(caller.name) belongs to: \(listed(caller.entities))"
    }

    func enforcesPermissions(hasLogin: Bool, isAnonymousAllowed: Bool) -> Bool {
        switch enforcement {
        case .unlessAnonymousAllowed: !isAnonymousAllowed
        case .withLogin: hasLogin
        }
    }

    func params(of paragraph: [String: JSON], given new: [String: JSON]) -> [String: JSON] {
        switch params {
        case .merged: paragraph.merging(new) { $1 }
        case .replaced: new.isEmpty ? paragraph : new
        }
    }
}
