"""Gymnastics skills: key postures, planted limbs and flights, solved for any body."""
