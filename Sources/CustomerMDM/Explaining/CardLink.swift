/// What joins or parts two cards as things stand: references, rule, levels and weights, no personal value.
package struct CardLink: Sendable, Equatable, Codable {
    package var a: CardID
    package var b: CardID
    package var kind: Edge.Kind
    /// Absent where only a steward's word or a separation links the two, and while a blind review asks about them.
    package var rule: String?
    /// In 1/1000 bit.
    package var weight: Int?
    /// What each comparison adds, missing ones left out.
    package var comparisons: [MatchWaterfall.Bar]?

    package var pair: CardPair { CardPair(a, b) }

    /// The link without what the engine thinks of it.
    package var blinded: CardLink { CardLink(a: a, b: b, kind: kind) }
}

extension MatchUnit {
    /// The link between one of the record's cards and one of another record, or of its own; `nil` where nothing links them.
    ///
    /// The kinds are those that the matcher gives before it looks at the whole group: see ``MatchGroup/core(of:)``.
    package func link(_ member: Member, _ other: Member, of unit: MatchUnit, profile: Profile) -> CardLink? {
        let pair = CardPair(member.card.id, other.card.id)
        let judgement = Judgement(member.card, other.card, profile: profile)
        let isConfirmed = member.words.first { $0.with == other.card.id }?.isConfirmed == true
        let direct = member.separations.first { $0.against.contains(other.card.id) }
        let kind: Edge.Kind
        if let strength = judgement.strength {
            if unit.golden == golden {
                kind = isConfirmed ? .confirmed : strength == .strong ? .strong : .weak
            } else {
                kind = self.kind(of: strength, judgement.evidence(profile), member, other.card.id, of: unit)
            }
        } else if let direct {
            kind = direct.kind == .split ? .split : .rejected
        } else if isConfirmed {
            kind = .confirmed
        } else {
            return nil
        }
        let bars = MatchWaterfall(member.card, other.card, judgement.vector, profile: profile).bars.filter { $0.level != .missing }
        return CardLink(a: pair.a, b: pair.b, kind: kind, rule: judgement.rule, weight: judgement.weight, comparisons: bars)
    }

    /// Why a card of the record and one of another, or of its own, can't be one person, whatever the rules say.
    package func conflicts(_ member: Member, _ other: Member, profile: Profile) -> [GroupConflict] {
        let pair = CardPair(member.card.id, other.card.id)
        let names = Judgement(member.card, other.card, profile: profile).conflicts
        return names.map { GroupConflict(a: pair.a, b: pair.b, kind: .conflict, name: $0) }
            + profile.guards(between: member.card, other.card).map { GroupConflict(a: pair.a, b: pair.b, kind: .guard, name: $0) }
    }
}

extension Profile {
    /// The attributes that may occur once in a group, where the two cards have different ones.
    package func guards(between one: MatchCard, _ other: MatchCard) -> [String] {
        guards.filter { guarded in
            guard let left = one.values[guarded].first(where: { !$0.isPast }),
                let right = other.values[guarded].first(where: { !$0.isPast })
            else { return false }
            return left.form.text != right.form.text
        }.map { attributes[$0].name }
    }
}
