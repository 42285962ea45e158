extension Profile {
    // Weights are in 1/1000 bit, estimated by hand from how often the values agree by chance; rules decide, weights order and explain.
    static let englishPerson = """
        name: english-person
        version: 3
        nameOrder: givenNameFirst
        attributes:
          - { name: surname, standardiser: englishSurname, namePart: surname, past: true }
          - { name: givenName, standardiser: englishGivenName, namePart: givenName, past: true }
          - { name: birthDate, standardiser: date, held: true }
          - { name: streetNumber, standardiser: text }
          - { name: address1, standardiser: englishAddress }
          - { name: address2, standardiser: englishAddress }
          - { name: suburb, standardiser: englishAddress }
          - { name: postcode, standardiser: digits }
          - { name: state, standardiser: code }
          - { name: socialSecurityNumber, standardiser: digits }
        junkWords: [mr, mrs, ms, miss, dr, prof, jr, sr, test, deceased, dec, estate of, the late]

        keys:
          - { name: person, parts: [[surname], [givenName]], narrowedBy: [birthDate] }
          - { name: born, parts: [[birthDate], [surname, givenName]], narrowedBy: [postcode] }
          - { name: home, parts: [[address1, address2], [streetNumber]], narrowedBy: [suburb] }
          - { name: place, parts: [[birthDate], [streetNumber, postcode, suburb]] }
          - { name: street, parts: [[address1, address2], [suburb]], narrowedBy: [surname] }
          - { name: nameAndPostcode, parts: [[surname, givenName], [postcode]] }
          - { name: nameAndSuburb, parts: [[surname, givenName], [suburb]] }
          - { name: nameAndStreet, parts: [[surname, givenName], [address1, address2]] }
          - { name: socialSecurityNumber, parts: [[socialSecurityNumber]] }
        maximumCardsPerKey: 100

        comparisons:
          - name: surname
            measure: name
            attributes: [surname]
            swappedWith: givenName
            frequencies: true
            weights: { exact: 9000, variant: 7000, similar: 5500, different: -4000 }
          - name: givenName
            measure: name
            attributes: [givenName]
            swappedWith: surname
            frequencies: true
            weights: { exact: 7000, variant: 5000, similar: 4000, different: -4000 }
          - { name: birthDate, measure: date, attributes: [birthDate], weights: { exact: 13500, similar: 7000, different: -5000 } }
          - { name: streetNumber, measure: equality, attributes: [streetNumber], weights: { exact: 5500, different: -1500 } }
          - name: street
            measure: tokens
            attributes: [address1]
            alternates: [address2]
            weights: { exact: 10000, variant: 9000, similar: 6000, different: -1500 }
          - { name: suburb, measure: name, attributes: [suburb], weights: { exact: 9000, similar: 6000, different: -1500 } }
          - { name: postcode, measure: digits, attributes: [postcode], weights: { exact: 8500, similar: 4000, different: -1500 } }
          - { name: state, measure: equality, attributes: [state], weights: { exact: 1500, different: -1000 } }
          - name: socialSecurityNumber
            measure: digits
            attributes: [socialSecurityNumber]
            weights: { exact: 20000, similar: 12000, different: -6000 }

        # Neighbours who share a surname are told apart by given names and birth dates: one of them has to agree, or no name to be known.
        strong:
          - { name: given-name-and-weight, all: { givenName: similar }, weight: 17000 }
          - { name: birth-date-and-weight, all: { birthDate: similar }, weight: 17000 }
          - { name: surname-and-weight, all: { surname: similar, givenName: missing }, weight: 20000 }
          - name: number-and-name
            all: { socialSecurityNumber: exact }
            any: { surname: similar, givenName: similar, birthDate: similar }
        # One of a household may have given another's number: without a name or the birth date it only proposes.
        weak:
          - { name: number-and-place, all: { socialSecurityNumber: exact }, any: { street: similar, postcode: exact } }
          - { name: name-and-place, all: { surname: similar, givenName: similar }, any: { postcode: exact, suburb: exact, street: similar } }
        likeness: { surname: similar, givenName: variant, birthDate: exact }

        conflicts: []
        guards: []
        survivorship:
          standard: newest
          attributes: { birthDate: mostFrequent, socialSecurityNumber: mostFrequent }
        online: { cards: 64, edges: 512 }
        """
}
